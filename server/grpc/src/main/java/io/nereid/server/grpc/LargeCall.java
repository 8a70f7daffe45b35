package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import io.grpc.stub.ServerCalls.UnaryMethod;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/**
 * Begins calls of one response whose request is not read into the heap: a virtual thread of the call's own gets the
 * message and closes it. Of a call that ends before its request is complete the message is closed here.
 *
 * @param <A> the type of the response
 */
record LargeCall<A>(UnaryMethod<ReceivedMessage, A> method) implements ServerCallHandler<ReceivedMessage, A> {
    @Override
    public ServerCall.Listener<ReceivedMessage> startCall(ServerCall<ReceivedMessage, A> call, Metadata headers) {
        call.request(2); // a second message is received too, which is an error
        return new Listener(call);
    }

    /** Its methods are called one after the other. */
    private final class Listener extends ServerCall.Listener<ReceivedMessage> {
        private final ServerCall<ReceivedMessage, A> call;
        private @Nullable ReceivedMessage message;
        private boolean closed;

        Listener(ServerCall<ReceivedMessage, A> call) {
            this.call = call;
        }

        @Override
        public void onMessage(ReceivedMessage received) {
            if (message == null && !closed) {
                message = received;
                return;
            }
            received.close();
            fail("Too many requests");
        }

        @Override
        public void onHalfClose() {
            ReceivedMessage whole = message;
            message = null;
            if (whole == null) {
                fail("Half-closed without a request");
            } else {
                Thread.startVirtualThread(() -> method.invoke(whole, new Response<>(call)));
            }
        }

        private void fail(String text) {
            release();
            if (!closed) {
                closed = true;
                call.close(Status.INTERNAL.withDescription(text), new Metadata());
            }
        }

        @Override
        public void onCancel() {
            release();
        }

        private void release() {
            if (message != null) {
                message.close();
                message = null;
            }
        }
    }

    /** Sends the one response; to a client that is gone it goes nowhere. */
    private record Response<A>(ServerCall<?, A> call) implements StreamObserver<A> {
        @Override
        public void onNext(A response) {
            call.sendHeaders(new Metadata());
            call.sendMessage(response);
        }

        @Override
        public void onError(Throwable error) {
            Metadata trailers = Status.trailersFromThrowable(error);
            call.close(Status.fromThrowable(error), trailers == null ? new Metadata() : trailers);
        }

        @Override
        public void onCompleted() {
            call.close(Status.OK, new Metadata());
        }
    }
}
