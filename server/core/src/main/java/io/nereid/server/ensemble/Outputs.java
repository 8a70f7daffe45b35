package io.nereid.server.ensemble;

import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The ensemble's outputs, of its one response or of one of several. Stateless; used under the lock of a run. */
final class Outputs {
    private Outputs() {}

    /** Whether any wanted output has one value for each response of a decoupled step. */
    static boolean areStreamed(EnsembleGraph graph, Selection selection) {
        return selection.outputs().stream()
                .anyMatch(output -> graph.origin(graph.outputs().get(output).tensor()) != EnsembleGraph.NONE);
    }

    /** Whether any wanted output has one value for each response of that step. */
    static boolean has(EnsembleGraph graph, Selection selection, int origin) {
        for (int i = selection.outputs().nextSetBit(0); i >= 0; i = selection.outputs().nextSetBit(i + 1)) {
            if (graph.origin(graph.outputs().get(i).tensor()) == origin) {
                return true;
            }
        }
        return false;
    }

    /** Whether all outputs are known that a response for that scope has. */
    static boolean areKnown(EnsembleGraph graph, Selection selection, Scope scope) {
        for (int i = selection.outputs().nextSetBit(0); i >= 0; i = selection.outputs().nextSetBit(i + 1)) {
            int tensor = graph.outputs().get(i).tensor();
            if (isOf(graph, tensor, scope) && !scope.isKnown(tensor)) {
                return false;
            }
        }
        return true;
    }

    /** A response of one decoupled step says nothing of what belongs to another one's. */
    private static boolean isOf(EnsembleGraph graph, int tensor, Scope scope) {
        int origin = graph.origin(tensor);
        return origin == EnsembleGraph.NONE || origin == scope.origin();
    }

    /** The answer for that scope, whose memory is the caller's; an output that no step made is not in it. */
    static Answer of(EnsembleGraph graph, Selection selection, Scope scope,
            Map<String, ParameterValue> parameters) {
        List<Tensor> outputs = new ArrayList<>(graph.outputs().size());
        List<HeldMemory> held = new ArrayList<>(graph.outputs().size());
        for (int i = selection.outputs().nextSetBit(0); i >= 0; i = selection.outputs().nextSetBit(i + 1)) {
            EnsembleGraph.Port port = graph.outputs().get(i);
            Tensor tensor = isOf(graph, port.tensor(), scope) ? scope.tensor(port.tensor()) : null;
            if (tensor != null) {
                outputs.add(port.toClient(tensor));
                held.add(scope.take(port.tensor()));
            }
        }
        return new Answer(new InferenceResponse(outputs, parameters, StepInputs.together(held)), held);
    }
}
