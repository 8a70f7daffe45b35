package io.nereid.backend.python;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.CallHandler;
import io.nereid.backend.worker.process.Replies;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/** Refuses what a worker asks that only completes a configuration. */
enum NoCalls implements CallHandler {
    INSTANCE;

    @Override
    public void handle(FrameReader call, Replies replies) throws MalformedFrameException {
        long number = call.i64();
        if (call.type() != MessageType.LOG) {
            replies.error(number, new InferenceException(ErrorCode.UNSUPPORTED,
                    "auto_complete_config cannot ask anything of the server"));
        }
    }
}
