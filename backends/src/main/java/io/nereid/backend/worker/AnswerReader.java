package io.nereid.backend.worker;

import io.nereid.backend.worker.memory.Extents;
import io.nereid.backend.worker.message.Answer;
import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.TensorData;
import io.nereid.scheduler.instance.Batch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Reads what a worker answers to an execution: an outcome of each request, by the batch or by the request's sender, and
 * which memory is whose from then on. Used on the instance's thread.
 */
final class AnswerReader {
    private final String instance;
    private final WorkerModel model;
    private final Extents extents;
    private final RunningRequests requests;
    private final ResponseReader responses;
    private final FailureLog failures = new FailureLog(LoggerFactory.getLogger(WorkerInstance.class), NanoClock.SYSTEM);
    /** What the outputs of the execution under way have taken in shared memory, beside its inputs. */
    private long newBytes;
    private boolean bySender;

    /** @param instance its name, for errors */
    AnswerReader(String instance, WorkerModel model, Extents extents, RunningRequests requests,
            ResponseReader responses) {
        this.instance = instance;
        this.model = model;
        this.extents = extents;
        this.requests = requests;
        this.responses = responses;
        this.bySender = model.decoupled();
    }

    /** Whether requests are answered by senders, as one of the executions before has shown. */
    boolean isBySender() {
        return bySender;
    }

    /**
     * Reads the answer to an execution.
     *
     * @param running the requests of the message, by their places in the batch; those whose answers were read are taken
     *        out of it
     * @return bytes of outputs that are new in shared memory
     * @throws MalformedFrameException if no worker writes that; the requests that are left in {@code running} have ended
     *         for the worker
     */
    long read(FrameReader answer, Batch batch, @Nullable RunningRequest[] running) throws MalformedFrameException {
        newBytes = 0;
        switch (answer.type()) {
            case MessageType.EXECUTED -> readExecuted(answer, batch, running);
            case MessageType.FAILED -> readFailed(answer, batch, running);
            default -> throw new MalformedFrameException("a message of type " + answer.type()
                    + " after an execution");
        }
        answer.end();
        return newBytes;
    }

    private void readExecuted(FrameReader in, Batch batch, @Nullable RunningRequest[] running)
            throws MalformedFrameException {
        int count = in.count(1);
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                readAnswer(in, batch, i, request);
                count--;
            }
        }
        if (count != 0) {
            throw new MalformedFrameException("a wrong number of answers");
        }
        requests.executed(running, in.longs());
        for (long offset : in.longs()) {
            extents.free(offset);
        }
    }

    private void readFailed(FrameReader in, Batch batch, @Nullable RunningRequest[] running)
            throws MalformedFrameException {
        InferenceException error = in.error();
        failures.raised(error.text());
        for (int i = 0; i < running.length; i++) {
            RunningRequest request = running[i];
            if (request != null) {
                finish(batch, i, request, error);
            }
        }
        requests.executed(running, in.longs());
    }

    private void readAnswer(FrameReader in, Batch batch, int index, RunningRequest request)
            throws MalformedFrameException {
        int kind = in.u8();
        switch (kind) {
            case Answer.RESPONSE -> finish(batch, index, request, responses.response(in, request.request()));
            case Answer.ERROR -> finishByError(batch, index, request, in.error());
            case Answer.BY_SENDER -> {
                bySender = true;
                if (!request.hasSender()) {
                    request.sendBy(batch.sender(index));
                }
            }
            case Answer.RESCHEDULED -> reschedule(batch, index, request);
            case Answer.FAILURE -> finish(batch, index, request, in.error());
            case Answer.NOTHING -> finish(batch, index, request, new InferenceException(ErrorCode.INTERNAL,
                    "Failed to process the request(s) for model '" + instance + "', message: the execute function"
                            + " returned no response for the request, and took no response sender for it"));
            default -> throw new MalformedFrameException("an answer of kind " + kind);
        }
    }

    /** What the request has sent until now goes to the client first. */
    private void reschedule(Batch batch, int index, RunningRequest request) throws MalformedFrameException {
        if (!model.iterative()) {
            throw new MalformedFrameException("a request put back by a model without iterative sequences");
        }
        batch.reschedule(index);
        EarlierExecution.keep(batch.sequenceState(index), request.handle());
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.endOfTurn());
        }
    }

    private void finish(Batch batch, int index, RunningRequest request, Outcome outcome) {
        if (outcome instanceof InferenceResponse response) {
            newBytes += newBytes(response, request.request());
        }
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.end(outcome));
            return;
        }
        switch (outcome) {
            case InferenceResponse response -> batch.respond(index, response);
            case InferenceException error -> batch.fail(index, error);
        }
    }

    /** The model's own answer is an error: it has done its work. */
    private void finishByError(Batch batch, int index, RunningRequest request, InferenceException error) {
        if (request.hasSender()) {
            requests.send(request, RunningRequest.Step.end(error));
        } else {
            batch.respond(index, error);
        }
    }

    private static long newBytes(InferenceResponse response, InferenceRequest request) {
        long bytes = 0;
        for (int i = 0; i < response.outputs().size(); i++) {
            TensorData output = response.outputs().get(i).memory();
            bytes += output.kind() == TensorData.Kind.SHARED && !isInput(output, request) ? output.length() : 0;
        }
        return bytes;
    }

    private static boolean isInput(TensorData output, InferenceRequest request) {
        for (int i = 0; i < request.inputs().size(); i++) {
            TensorData input = request.inputs().get(i).memory();
            if (output.address() >= input.address() && output.address() < input.address() + input.length()) {
                return true;
            }
        }
        return false;
    }
}
