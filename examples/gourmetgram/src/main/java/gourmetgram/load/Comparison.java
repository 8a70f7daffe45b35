package gourmetgram.load;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * The model in the web application beside a model server, in one run: starts each of them as processes on free ports,
 * one after the other, and measures it. Used by one thread, which it blocks.
 */
public final class Comparison {
    /**
     * From here to the end are ports that Linux gives neither to outgoing connections nor to whoever asks for any: no other
     * program gets one between the choice and the start of what is to listen there.
     */
    private static final int FIRST_PORT = 27_000;
    private static final int END_OF_PORTS = 32_768;

    private final List<String> application;
    private final Path nereid;
    private final Path models;

    /**
     * A comparison of what these programs do.
     *
     * @param application the command that starts this application, to which its arguments are added
     * @param nereid the launcher of the model server
     * @param models what both serve
     */
    public Comparison(List<String> application, Path nereid, Path models) {
        this.application = List.copyOf(application);
        this.nereid = nereid;
        this.models = models;
    }

    /**
     * Measures the service with the model in it, before a model server over HTTP and over gRPC, and that server alone.
     *
     * @throws IOException if one of them does not start
     */
    public void run(LoadTest test) throws IOException, InterruptedException {
        try (ChildProcess service = startService("--backend=in-process")) {
            test.service("model in the web app", service.address(), cpu(service));
        }
        List<Integer> ports = freePorts(2);
        int http = ports.getFirst();
        int grpc = ports.getLast();
        try (ChildProcess server = startServer(http, grpc)) {
            try (ChildProcess service = startService("--backend=http", "--server=127.0.0.1:" + http)) {
                test.service("web app, model server over HTTP", service.address(), cpu(service, server));
            }
            try (ChildProcess service = startService("--backend=grpc", "--server=127.0.0.1:" + grpc)) {
                test.service("web app, model server over gRPC", service.address(), cpu(service, server));
            }
            test.modelServer("model server alone", server.address(), cpu(server));
        }
    }

    private static CpuClock cpu(ChildProcess... processes) {
        return CpuClock.of(Stream.of(processes).map(ChildProcess::handle).toList());
    }

    private ChildProcess startService(String... arguments) throws IOException, InterruptedException {
        int port = freePorts(1).getFirst();
        List<String> command = new ArrayList<>(application);
        command.addAll(List.of("service", "--port=" + port, "--models=" + models));
        command.addAll(List.of(arguments));
        return ChildProcess.start(command, port, "/health");
    }

    private ChildProcess startServer(int http, int grpc) throws IOException, InterruptedException {
        return ChildProcess.start(List.of(nereid.toString(), "--model-repository=" + models,
                "--http-address=127.0.0.1", "--http-port=" + http, "--grpc-address=127.0.0.1", "--grpc-port=" + grpc,
                "--allow-metrics=false"), http, "/v2/health/ready");
    }

    /** As many different ports of the loopback address that nothing listens on. */
    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> probes = new ArrayList<>();
        try {
            for (int tries = 0; probes.size() < count; tries++) {
                int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, END_OF_PORTS);
                try {
                    probes.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
                } catch (BindException e) {
                    if (tries >= END_OF_PORTS) { // it is not that others have them
                        throw e;
                    }
                }
            }
            return probes.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket probe : probes) {
                probe.close();
            }
        }
    }
}
