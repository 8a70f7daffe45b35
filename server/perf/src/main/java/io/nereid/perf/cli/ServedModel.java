package io.nereid.perf.cli;

import io.nereid.perf.call.CallException;
import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * The model as the server describes it.
 *
 * @param serverName its name and version; empty where it gives none
 * @param readsBinary whether it reads tensors as bytes over HTTP
 */
record ServedModel(InetSocketAddress address, ServerCalls calls, String serverName, boolean readsBinary,
        ModelDescription description) {
    private static final String BINARY = "binary_tensor_data";

    /** Asks the server, and refuses what cannot be measured as the user wants it. */
    static ServedModel ask(PerfOptions options) throws IOException, InputException, UsageException {
        InetSocketAddress address = options.server().resolve();
        ServerCalls calls = PreparedLoad.calls(options, address);
        JsonObject server = serverMetadata(calls);
        ModelDescription description = ModelDescription.of(calls.modelMetadata(options.model()),
                configuration(calls, options.model()));
        check(options, description);
        return new ServedModel(address, calls, (server.text("name") + " " + server.text("version")).strip(),
                server.texts("extensions").contains(BINARY), description);
    }

    private static JsonObject serverMetadata(ServerCalls calls) throws IOException {
        try {
            return calls.serverMetadata();
        } catch (CallException _) {
            return JsonObject.EMPTY; // not every server has it
        }
    }

    private static Optional<JsonObject> configuration(ServerCalls calls, String model) throws IOException {
        try {
            return Optional.of(calls.configuration(model));
        } catch (CallException _) {
            return Optional.empty(); // an extension of Triton
        }
    }

    private static void check(PerfOptions options, ModelDescription model) throws UsageException {
        if (model.sequences()) {
            throw new UsageException("the model " + model.name() + " takes sequences, which are not built here");
        }
        if (model.decoupled() && options.protocol() != Protocol.GRPC_STREAM) {
            throw new UsageException("the model " + model.name() + " answers a request any number of times: it needs "
                    + "-i grpc --streaming");
        }
    }

    /** What is measured, in a line. */
    String heading(PerfOptions options) {
        String memory = options.sharedMemory() == SharedMemory.SYSTEM ? ", tensors in shared memory" : "";
        String platform = description.platform().isEmpty() ? "" : " (" + description.platform() + ")";
        return "Model " + description.name() + platform + (serverName.isEmpty() ? "" : " of " + serverName) + " at "
                + options.server() + " by " + PerfRun.describe(options.protocol()) + ", batch size "
                + options.input().batchSize() + memory + "\n\n";
    }

}
