package io.nereid.server.ensemble;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.Tensor;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestedOutput;

import java.util.ArrayList;
import java.util.List;

/** Makes the request to a step's model of the tensors that are there. Stateless. */
final class StepInputs {
    private StepInputs() {}

    /**
     * The request of a step all of whose inputs are known; an input that there is no tensor for is left out.
     *
     * @param original the request to the ensemble
     * @param options what the step asks of its scheduler
     */
    static StepCall call(EnsembleScheduler ensemble, EnsembleRun run, Scope scope, EnsembleGraph.Step step,
            InferenceRequest original, RequestOptions options, Selection selection) {
        EnsembleGraph graph = ensemble.graph();
        List<Tensor> inputs = new ArrayList<>(step.inputs().size());
        List<Lease> held = new ArrayList<>(step.inputs().size());
        long ownBytes = 0;
        for (EnsembleGraph.Port port : step.inputs()) {
            Tensor tensor = scope.tensor(port.tensor());
            if (tensor != null) {
                inputs.add(port.toModel(tensor, scope.isShared(port.tensor())));
                held.add(scope.take(port.tensor()));
                ownBytes += graph.producer(port.tensor()) == EnsembleGraph.NONE ? 0 : tensor.hostBytes();
            }
        }
        ClientRequest request = new ClientRequest(original.id(), inputs, wanted(graph, step, selection), true, options,
                original.parameters(), together(held));
        return new StepCall(ensemble, run, step, scope,
                new StepRequest(request, ownBytes, new RequestTimes(), original.trace()));
    }

    /** Of the model's outputs those that something is done with. */
    private static List<RequestedOutput> wanted(EnsembleGraph graph, EnsembleGraph.Step step, Selection selection) {
        if (selection.isAll(graph)) {
            return step.requested();
        }
        List<RequestedOutput> wanted = new ArrayList<>(step.outputs().size());
        for (int i = 0; i < step.outputs().size(); i++) {
            if (selection.needs(graph, step.outputs().get(i).tensor())) {
                wanted.add(step.requested().get(i));
            }
        }
        return wanted;
    }

    /** All of these as one. */
    static Lease together(List<? extends Lease> held) {
        return switch (held.size()) {
            case 0 -> Lease.NONE;
            case 1 -> held.getFirst();
            default -> () -> held.forEach(Lease::release);
        };
    }
}
