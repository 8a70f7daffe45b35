package io.nereid.perf.grpc;

import io.nereid.perf.client.ClientRequests;
import io.nereid.perf.client.Failure;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.Sender;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A call for each request. */
final class UnarySender extends Sender {
    private final LoadThread thread;
    private final Http2Connection connection;
    private final MessageReader reader;
    private final Call call = new Call();
    private int messages;

    /**
     * Sends by that connection, which is others' as well.
     *
     * @param requests each with gRPC's five bytes in front
     * @param answers takes the beginning of each message; on the load's thread
     * @param keptBytes how much of each message it gets
     */
    UnarySender(LoadThread thread, Http2Connection connection, ClientRequests requests,
            MessageReader.Handler answers, int keptBytes) {
        super(requests);
        this.thread = thread;
        this.connection = connection;
        this.reader = new MessageReader(message -> {
            messages++;
            answers.onMessage(message);
        }, keptBytes);
    }

    @Override
    protected void send(ByteBuffer request) {
        messages = 0;
        reader.clear();
        call.id = 0;
        call.outgoing = request;
        connection.send(call);
    }

    @Override
    protected void cancel() {
        connection.cancel(call);
    }

    @Override
    protected void close() {
        connection.close();
    }

    private final class Call extends Http2Stream {
        Call() {
            super(true);
        }

        @Override
        void onHead(CallHead head, boolean end) {
            if (!end) {
                return; // the end says the same and more
            }
            if (!head.isGood()) {
                thread.failed(UnarySender.this, head.failure());
            } else if (head.grpcStatus() < 0 || messages != 1 || !reader.isBetweenMessages()) {
                thread.failed(UnarySender.this, new Failure.Broken("no answer of gRPC: " + messages + " messages"));
            } else {
                thread.answered(UnarySender.this, 1);
            }
        }

        @Override
        void onData(ByteBuffer data, boolean end) throws IOException {
            reader.read(data);
            if (end) {
                thread.failed(UnarySender.this, new Failure.Broken("the answer ends without a status"));
            }
        }

        @Override
        void onFailure(String text) {
            thread.failed(UnarySender.this, new Failure.Broken(text));
        }
    }
}
