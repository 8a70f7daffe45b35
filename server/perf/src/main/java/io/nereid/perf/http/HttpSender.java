package io.nereid.perf.http;

import io.nereid.perf.client.ClientRequests;
import io.nereid.perf.client.Failure;
import io.nereid.perf.client.LoadConnection;
import io.nereid.perf.client.LoadThread;
import io.nereid.perf.client.Sender;
import io.nereid.perf.network.Endpoint;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A connection that is opened when it is needed, and its request. */
final class HttpSender extends Sender implements LoadConnection.Handler {
    private final LoadThread thread;
    private final LoadConnection connection;
    private final HttpAnswer answer = new HttpAnswer();
    /** What of the request is still to be written; null while none is under way. */
    private @Nullable ByteBuffer request;

    HttpSender(LoadThread thread, Endpoint server, ClientRequests requests) {
        super(requests);
        this.thread = thread;
        this.connection = new LoadConnection(thread, server, this);
    }

    @Override
    protected void send(ByteBuffer bytes) {
        request = bytes;
        answer.begin();
        if (!connection.isOpen()) {
            connection.open();
            return;
        }
        try {
            connection.write(bytes);
        } catch (IOException e) {
            connection.fail(e);
        }
    }

    @Override
    public void onConnected() throws IOException {
        onWritable();
    }

    @Override
    public void onWritable() throws IOException {
        ByteBuffer bytes = request;
        if (bytes != null) {
            connection.write(bytes);
        }
    }

    @Override
    public void onReadable() throws IOException {
        ByteBuffer buffer = thread.readBuffer();
        connection.read(buffer);
        buffer.flip();
        if (request == null) {
            throw new IOException("the server sent what was not asked for");
        }
        if (answer.read(buffer)) {
            finish();
        }
    }

    private void finish() {
        ByteBuffer bytes = request;
        request = null;
        if (!answer.isKept() || (bytes != null && bytes.hasRemaining())) {
            connection.close();
        }
        if (answer.status() == 200) {
            thread.answered(this, 1);
        } else {
            thread.failed(this, new Failure.Refused("HTTP " + answer.status(), answer.errorText()));
        }
    }

    @Override
    public void onFailure(String text) {
        if (request != null) {
            request = null;
            thread.failed(this, new Failure.Broken(text));
        }
    }

    @Override
    protected void cancel() {
        close();
    }

    @Override
    protected void close() {
        connection.close();
        request = null;
    }
}
