package io.nereid.bench.load.client.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/** One client of ModelStreamInfer, to models that answer every request once. */
final class StreamClient extends ClientCall.Listener<byte[]> {
    /** The first byte of an answer with {@code error_message}, which is field 1. */
    private static final int ERROR_MESSAGE = 1 << 3 | 2;

    private final ClientCall<byte[], byte[]> call;
    private final byte[] request;
    private final Answers answers;
    private @Nullable Status failure;
    private boolean finished;

    StreamClient(ClientCall<byte[], byte[]> call, byte[] request, Answers answers) {
        this.call = call;
        this.request = request;
        this.answers = answers;
    }

    void start() {
        call.start(this, new Metadata());
        call.request(1);
        call.sendMessage(request);
    }

    @Override
    public void onMessage(byte[] answer) {
        call.request(1);
        if (answer.length > 0 && answer[0] == ERROR_MESSAGE) {
            failure = Status.UNKNOWN.withDescription("an error on the stream: "
                    + new String(answer, StandardCharsets.UTF_8));
            call.halfClose();
        } else if (answers.onAnswer(answer)) {
            answers.next(() -> call.sendMessage(request));
        } else {
            finished = true;
            call.halfClose();
        }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        if (failure != null) {
            answers.onEnd(failure);
        } else if (status.isOk() && !finished) {
            answers.onEnd(Status.INTERNAL.withDescription("the server ended the stream"));
        } else {
            answers.onEnd(status);
        }
    }
}
