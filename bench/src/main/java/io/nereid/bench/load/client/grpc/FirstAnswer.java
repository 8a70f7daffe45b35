package io.nereid.bench.load.client.grpc;

import io.grpc.Status;

import java.util.concurrent.CompletableFuture;

/** Wants one answer and keeps it. */
final class FirstAnswer implements Answers {
    private final CompletableFuture<byte[]> answer;
    private byte[] received = {};

    FirstAnswer(CompletableFuture<byte[]> answer) {
        this.answer = answer;
    }

    @Override
    public boolean onAnswer(byte[] message) {
        received = message;
        return false;
    }

    @Override
    public void next(Runnable send) {
        throw new IllegalStateException("one answer is enough");
    }

    @Override
    public void onEnd(Status status) {
        if (status.isOk()) {
            answer.complete(received);
        } else {
            answer.completeExceptionally(status.asException());
        }
    }
}
