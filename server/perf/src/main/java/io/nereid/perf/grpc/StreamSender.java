package io.nereid.perf.grpc;

import io.nereid.perf.client.ClientRequests;
import io.nereid.perf.client.Failure;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.Sender;

import java.io.IOException;
import java.nio.ByteBuffer;

/** One call with all requests, each sent when the last was answered in full. */
final class StreamSender extends Sender {
    /** Errors on a stream have texts and no codes. */
    private static final String STATUS = "error on the stream";
    private static final Failure ENDED = new Failure.Broken("the server ended the stream");

    private final LoadThread thread;
    private final Http2Connection connection;
    private final boolean decoupled;
    private final MessageReader.Handler answers;
    private final MessageReader reader;
    private Call call = new Call();
    private boolean underWay;
    private int responses;

    /**
     * Sends by that connection, which is others' as well.
     *
     * @param requests each with gRPC's five bytes in front
     * @param decoupled whether the model answers a request any number of times and then says so
     * @param answers takes the beginning of each message without an error; on the load's thread
     * @param keptBytes how much of each message it gets, if that is more than it takes to read errors
     */
    StreamSender(LoadThread thread, Http2Connection connection, ClientRequests requests, boolean decoupled,
            MessageReader.Handler answers, int keptBytes) {
        super(requests);
        this.answers = answers;
        this.reader = new MessageReader(this::onMessage, Math.max(keptBytes, MessageReader.KEPT_BYTES));
        this.thread = thread;
        this.connection = connection;
        this.decoupled = decoupled;
    }

    @Override
    protected void send(ByteBuffer request) {
        underWay = true;
        responses = 0;
        call.outgoing = request;
        connection.send(call);
    }

    private void onMessage(ByteBuffer beginning) throws IOException {
        StreamAnswer answer = StreamAnswer.read(beginning.duplicate());
        if (!underWay) {
            return; // of a request that had failed
        }
        if (!answer.error().isEmpty()) {
            underWay = false;
            thread.failed(this, new Failure.Refused(STATUS, answer.error()));
            return;
        }
        answers.onMessage(beginning);
        responses += answer.hasOutputs() || !decoupled ? 1 : 0;
        if (!decoupled || answer.isFinal()) {
            underWay = false;
            thread.answered(this, responses);
        }
    }

    private void fail(Failure failure) {
        begin();
        if (underWay) {
            underWay = false;
            thread.failed(this, failure);
        }
    }

    /** The next request begins a call of its own. */
    private void begin() {
        call = new Call();
        reader.clear();
    }

    @Override
    protected void cancel() {
        connection.cancel(call);
        underWay = false;
        begin();
    }

    @Override
    protected void close() {
        connection.close();
    }

    private final class Call extends Http2Stream {
        Call() {
            super(false);
        }

        @Override
        void onHead(CallHead head, boolean end) {
            if (end) {
                fail(head.isGood() ? ENDED : head.failure());
            }
        }

        @Override
        void onData(ByteBuffer data, boolean end) throws IOException {
            reader.read(data);
            if (end) {
                fail(ENDED);
            }
        }

        @Override
        void onFailure(String text) {
            fail(new Failure.Broken(text));
        }
    }
}
