package io.nereid.server.contract;

import io.nereid.inference.ErrorCode;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;

import java.nio.file.Path;

/** A way into a server of its own. */
abstract class ContractClient implements AutoCloseable {
    final ModelServer server;

    ContractClient(Path models) throws Exception {
        server = ModelServer.start(ServerConfig.of(models)
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withThreads(1))
                .withGrpc(GrpcConfig.DEFAULT.withAddress("127.0.0.1").withPort(0)));
    }

    abstract Answer ask(Ask ask) throws Exception;

    /** How this way says that code. */
    abstract String spelled(ErrorCode code);

    @Override
    public void close() {
        server.close();
    }
}
