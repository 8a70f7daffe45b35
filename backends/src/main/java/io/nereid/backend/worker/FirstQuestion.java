package io.nereid.backend.worker;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.WorkerGoneException;
import io.nereid.backend.worker.process.WorkerProcess;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.slf4j.Logger;

/** The first question to a worker: which model it runs, and what it is to do with it. Stateless. */
public final class FirstQuestion {
    private FirstQuestion() {}

    /**
     * What the fields of an answer say.
     *
     * @param <T> what that is
     */
    @FunctionalInterface
    public interface Fields<T> {
        T read(FrameReader answer) throws MalformedFrameException;
    }

    /**
     * Asks, and waits for the answer.
     *
     * @param answer the type of message that it has if nothing fails
     * @param log says what the model fails with, behind {@code failure}
     * @throws InferenceException INTERNAL if the worker ends or answers what no worker answers; what the model fails
     *     with
     */
    public static <T> T ask(WorkerProcess worker, FrameWriter question, int answer, Fields<T> fields, Logger log,
            String failure) throws InferenceException {
        try {
            FrameReader frame = worker.askFirst(question.end());
            if (frame.type() == answer) {
                return fields.read(frame);
            }
            if (frame.type() != MessageType.FAILED) {
                throw worker.broken(new MalformedFrameException("type " + frame.type()));
            }
            InferenceException error = frame.error();
            log.error("{}: {}", failure, error.text());
            throw error;
        } catch (WorkerGoneException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(e.getMessage()), e);
        } catch (MalformedFrameException e) {
            throw new InferenceException(ErrorCode.INTERNAL, String.valueOf(worker.broken(e).getMessage()), e);
        }
    }
}
