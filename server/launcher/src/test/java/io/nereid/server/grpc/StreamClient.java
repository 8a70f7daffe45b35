package io.nereid.server.grpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelStreamInferResponse;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One stream as a test sees it; responses come only when they are asked for. */
final class StreamClient extends ClientCall.Listener<ModelStreamInferResponse> {
    private static final long PATIENCE_SECONDS = 20;

    private final ClientCall<ModelInferRequest, ModelStreamInferResponse> call;
    private final LinkedBlockingQueue<ModelStreamInferResponse> responses = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();

    StreamClient(GrpcServer server) {
        this(server, new Metadata());
    }

    StreamClient(GrpcServer server, Metadata headers) {
        call = server.newStream();
        call.start(this, headers);
    }

    StreamClient send(ModelInferRequest request) {
        call.sendMessage(request);
        return this;
    }

    StreamClient halfClose() {
        call.halfClose();
        return this;
    }

    void cancel() {
        call.cancel("the test says so", null);
    }

    ModelStreamInferResponse next() throws InterruptedException {
        call.request(1);
        ModelStreamInferResponse response = responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (response == null) {
            throw new AssertionError("no response within " + PATIENCE_SECONDS + " seconds; the call: " + end);
        }
        return response;
    }

    Status end() throws InterruptedException, ExecutionException, TimeoutException {
        call.request(1);
        return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    boolean hasEnded() {
        return end.isDone();
    }

    @Override
    public void onMessage(ModelStreamInferResponse response) {
        responses.add(response);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        end.complete(status);
    }
}
