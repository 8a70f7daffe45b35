package gourmetgram;

import gourmetgram.classify.FoodClassifier;
import gourmetgram.http.Routes;
import gourmetgram.http.WebServer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;

/** A web server that runs until the process is told to end. */
final class Serving {
    private static final int MAX_PORT = 65_535;

    private Serving() {}

    /** Where an application listens, by its options {@code address} and {@code port}. */
    static InetSocketAddress address(Options options, int port) throws UsageException {
        String host = options.text("address", "127.0.0.1");
        InetSocketAddress address = new InetSocketAddress(host, options.number("port", port, 0, MAX_PORT));
        if (address.isUnresolved()) {
            throw new UsageException("--address: got '" + host + "' (expected an address of this machine)");
        }
        return address;
    }

    /**
     * Serves, and does not return: SIGTERM and SIGINT end the process with code 0.
     *
     * @param name of the application, for its first line
     */
    static int until(String name, InetSocketAddress address, Routes routes, FoodClassifier classifier)
            throws IOException, InterruptedException {
        WebServer server;
        try {
            server = WebServer.start(address, routes);
        } catch (IOException e) {
            classifier.close();
            throw e;
        }
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            server.close();
            classifier.close();
            Runtime.getRuntime().halt(0); // a signal is how it is meant to end
        }));
        System.out.println(name + ": http://" + host(address) + ":" + server.port() + "/ (" + classifier.description()
                + ")");
        new CountDownLatch(1).await();
        return 0;
    }

    private static String host(InetSocketAddress address) {
        return address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
    }
}
