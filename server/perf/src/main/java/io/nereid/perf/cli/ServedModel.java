package io.nereid.perf.cli;

import io.nereid.perf.call.CallException;
import io.nereid.perf.call.ServerCalls;
import io.nereid.perf.input.InputException;
import io.nereid.perf.input.ModelDescription;
import io.nereid.perf.json.JsonObject;
import io.nereid.perf.measure.Protocol;
import io.nereid.perf.measure.SharedMemory;
import io.nereid.perf.network.Endpoint;
import io.nereid.perf.network.Tls;

import java.io.IOException;
import java.util.Optional;

/**
 * The model as the server describes it.
 *
 * @param serverName its name and version; empty where it gives none
 * @param readsBinary whether it reads tensors as bytes over HTTP
 */
record ServedModel(Endpoint server, ServerCalls calls, String serverName, boolean readsBinary,
        ModelDescription description) {
    private static final String BINARY = "binary_tensor_data";

    /** Asks the server, and refuses what cannot be measured as the user wants it. */
    static ServedModel ask(PerfOptions options) throws IOException, InputException, UsageException {
        Endpoint endpoint = new Endpoint(options.server().resolve(), tls(options));
        ServerCalls calls = PreparedLoad.calls(options, endpoint);
        JsonObject server = serverMetadata(calls);
        ModelDescription description = ModelDescription.of(calls.modelMetadata(options.model()),
                configuration(calls, options.model()));
        check(options, description);
        return new ServedModel(endpoint, calls, (server.text("name") + " " + server.text("version")).strip(),
                server.texts("extensions").contains(BINARY), description);
    }

    private static Optional<Tls> tls(PerfOptions options) throws UsageException {
        if (options.tls().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(options.tls().get().load(options.server().name(), options.server().port(),
                    options.protocol() == Protocol.HTTP ? "http/1.1" : "h2"));
        } catch (IOException e) {
            throw (UsageException) new UsageException(String.valueOf(e.getMessage())).initCause(e);
        }
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
        if (model.sequences() && options.input().batchSize() > 1) {
            throw new UsageException("-b: got " + options.input().batchSize() + " (expected 1: the model "
                    + model.name() + " takes sequences, whose requests are one row each)");
        }
        if (model.sequences()) {
            options.sequences().checkIds(options.mostUnderWay());
        } else if (!options.sequences().given().isEmpty()) {
            throw new UsageException(options.sequences().given().getFirst().option() + ": got it for the model "
                    + model.name() + " (expected a model with sequence_batching, which this one has not)");
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
                + options.server() + " by " + PerfRun.describe(options.protocol())
                + (options.tls().isPresent() ? " over TLS" : "") + ", batch size "
                + options.input().batchSize() + memory + "\n\n";
    }

}
