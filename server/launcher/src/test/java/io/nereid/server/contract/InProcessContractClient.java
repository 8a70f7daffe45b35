package io.nereid.server.contract;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The way of a program in the same process. */
final class InProcessContractClient extends ContractClient {
    InProcessContractClient(Path models) throws Exception {
        super(models);
    }

    @Override
    Answer ask(Ask ask) throws Exception {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        try {
            server.inference().infer(ask.model(), ask.version(), request(ask), new ResponseListener() {
                @Override
                public void onResponse(InferenceResponse response, boolean last) {
                    answer.complete(answer(ask, response));
                    response.memory().release();
                }

                @Override
                public void onError(InferenceException error) {
                    answer.complete(failure(error));
                }
            });
        } catch (InferenceException e) {
            return failure(e);
        }
        return answer.get(20, TimeUnit.SECONDS);
    }

    private static ClientRequest request(Ask ask) {
        Arena arena = Arena.ofAuto();
        List<Tensor> inputs = ask.inputs().stream().map(input -> {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, input.data());
            return new Tensor(input.name(), Objects.requireNonNull(DataType.named(input.datatype())),
                    Shape.of(input.shape()), data);
        }).toList();
        List<RequestedOutput> outputs = ask.outputs().stream()
                .map(output -> new RequestedOutput(output.name(), true, output.classification())).toList();
        long timeout = ask.parameters().get("timeout") instanceof ParameterValue.Int(long micros) ? micros : 0;
        long priority = ask.parameters().get("priority") instanceof ParameterValue.Int(long level) ? level : 0;
        return new ClientRequest(ask.id(), inputs, outputs, true,
                new RequestOptions(priority, timeout, CorrelationId.none(), false, false),
                Map.of(), Lease.NONE);
    }

    private static Answer answer(Ask ask, InferenceResponse response) {
        List<Answer.Out> outputs = response.outputs().stream().map(output -> new Answer.Out(output.name(),
                output.dataType().name(), Arrays.stream(output.shape().toArray()).boxed().toList(),
                HexFormat.of().formatHex(output.data().toArray(ValueLayout.JAVA_BYTE)))).toList();
        return new Answer.Response(ask.model(), ask.version().isEmpty() ? "2" : ask.version(), ask.id(), outputs);
    }

    private static Answer failure(InferenceException error) {
        return new Answer.Failure(error.code().name(), error.text());
    }

    @Override
    String spelled(ErrorCode code) {
        return code.name();
    }
}
