package io.nereid.bench.load.client.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** One client of ModelInfer. */
final class UnaryClient {
    private final Channel channel;
    private final MethodDescriptor<byte[], byte[]> method;
    private final byte[] request;
    private final Answers answers;

    UnaryClient(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request, Answers answers) {
        this.channel = channel;
        this.method = method;
        this.request = request;
        this.answers = answers;
    }

    /** Begins a call; when it is answered well the next begins, if one is wanted. */
    void send() {
        ClientCall<byte[], byte[]> call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(new Call(), new Metadata());
        call.request(2); // as the generated stubs do: the status then comes with the message
        call.sendMessage(request);
        call.halfClose();
    }

    private final class Call extends ClientCall.Listener<byte[]> {
        private byte @Nullable [] answer;

        @Override
        public void onMessage(byte[] message) {
            answer = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            byte[] got = answer;
            if (!status.isOk() || got == null) {
                answers.onEnd(status.isOk() ? Status.INTERNAL.withDescription("OK without an answer") : status);
            } else if (answers.onAnswer(got)) {
                answers.next(UnaryClient.this::send);
            } else {
                answers.onEnd(status);
            }
        }
    }
}
