package io.nereid.server.cli;

import io.nereid.server.config.UsageException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.sagemaker.PortRange;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.vertexai.VertexAiConfig;
import io.nereid.server.metrics.MetricsConfig;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The ports that a command line asks for: whether they go together. Texts are Triton's. */
record ListeningPorts(HttpConfig http, GrpcConfig grpc, MetricsConfig metrics, Optional<SageMakerConfig> sageMaker,
        Optional<VertexAiConfig> vertexAi, Optional<PortRange> allowed) {

    /** @throws UsageException if nothing is asked for, two services want one port, or one is not allowed */
    void check() throws UsageException {
        if (!http.enabled() && !grpc.enabled() && sageMaker.isEmpty() && vertexAi.isEmpty()) {
            throw new UsageException("--allow-http=false and --allow-grpc=false: nothing is left that could take a"
                    + " request; leave one of them out");
        }
        List<Service> services = services();
        for (Service service : services) {
            if (!service.name.equals("SageMaker") && allowed.isPresent()) {
                service.checkAllowed(allowed.get());
            }
        }
        List<Service> fixed = services.stream().filter(service -> service.port != 0).toList();
        for (int i = 1; i < fixed.size(); i++) {
            for (Service earlier : fixed.subList(0, i)) {
                earlier.checkApart(fixed.get(i));
            }
        }
    }

    /** Those that listen. */
    private List<Service> services() {
        return Stream.of(
                Optional.of(new Service("HTTP", "http", http.address(), http.port())).filter(_ -> http.enabled()),
                Optional.of(new Service("GRPC", "grpc", grpc.address(), grpc.port())).filter(_ -> grpc.enabled()),
                sageMaker.map(of -> new Service("SageMaker", "sagemaker", of.address(), of.port())),
                vertexAi.map(of -> new Service("Vertex AI", "vertex-ai", of.address(), of.port())),
                Optional.of(new Service("metrics", "metrics", metrics.address(), metrics.port()))
                        .filter(_ -> metrics.enabled()))
                .flatMap(Optional::stream).toList();
    }

    /**
     * One of them.
     *
     * @param name in Triton's words
     * @param flags what the names of its flags begin with
     */
    private record Service(String name, String flags, String address, int port) {
        void checkAllowed(PortRange range) throws UsageException {
            if (!range.has(port)) {
                throw new UsageException(("The server cannot listen to %s requests at port %d, allowed port range is"
                        + " [%d, %d]; choose another --%s-port").formatted(name, port, range.first(), range.last(),
                                flags));
            }
        }

        void checkApart(Service other) throws UsageException {
            if (port == other.port && address.equals(other.address)) {
                throw new UsageException(("The server cannot listen to %s requests and %s requests at the same address"
                        + " and port %s:%d; choose another --%s-port or --%s-port").formatted(name, other.name,
                                address, port, flags, other.flags));
            }
        }
    }
}
