package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.scheduler.instance.ResponseSender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A virtual thread that sends the responses to one request of a decoupled model beside its instances, and that ends the
 * request whatever happens: by an error if the stream did not end it.
 */
public final class StreamThread {
    private static final Logger LOG = LoggerFactory.getLogger(StreamThread.class);

    private final String name;
    private final ResponseSender sender;
    private final Stream stream;

    private StreamThread(String name, ResponseSender sender, Stream stream) {
        this.name = name;
        this.sender = sender;
        this.stream = stream;
    }

    /** What makes the responses to one request. */
    @FunctionalInterface
    public interface Stream {
        /**
         * Sends all responses and ends the sender.
         *
         * @throws InferenceException becomes the end
         */
        void send(ResponseSender sender) throws InferenceException;
    }

    /**
     * Starts to send; the thread owns the sender from here on. If this throws, since there is no memory for a thread,
     * the sender is still the caller's.
     *
     * @param name what the thread is called: its instance
     */
    public static void start(String name, ResponseSender sender, Stream stream) {
        Thread.ofVirtual().name("stream-" + name).start(new StreamThread(name, sender, stream)::run);
    }

    private void run() {
        try (sender) {
            send();
        } catch (RuntimeException | Error e) { // of the end itself: the sender had ended
            LOG.error("a stream of instance '{}' could not be ended", name, e);
        }
    }

    private void send() {
        try {
            stream.send(sender);
        } catch (InferenceException e) {
            sender.fail(e);
        } catch (RuntimeException | Error e) {
            LOG.error("a stream of instance '{}' failed", name, e);
            sender.fail(InferenceException.ofInternalError(e));
        }
    }
}
