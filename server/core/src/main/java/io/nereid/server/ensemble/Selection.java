package io.nereid.server.ensemble;

import java.util.BitSet;
import java.util.List;

/**
 * What of an ensemble one request needs: the outputs that it asks for, and the steps that these depend on
 * (docs/compatibility.md, "Ensembles"). Not changed once made.
 *
 * @param steps the numbers of the steps to run
 * @param outputs which of the ensemble's outputs are wanted, by their place in the configuration
 */
record Selection(BitSet steps, BitSet outputs) {
    /**
     * What a request needs.
     *
     * @param requested the names of outputs; none for all
     */
    static Selection of(EnsembleGraph graph, List<String> requested) {
        BitSet steps = new BitSet();
        BitSet outputs = new BitSet();
        for (int i = 0; i < graph.outputs().size(); i++) {
            if (requested.isEmpty() || requested.contains(graph.outputs().get(i).name())) {
                outputs.set(i);
            }
        }
        if (outputs.cardinality() == graph.outputs().size()) {
            steps.set(0, graph.steps().size());
        } else {
            outputs.stream().forEach(output -> need(graph, graph.outputs().get(output).tensor(), steps));
        }
        return new Selection(steps, outputs);
    }

    private static void need(EnsembleGraph graph, int tensor, BitSet steps) {
        int producer = graph.producer(tensor);
        if (producer != EnsembleGraph.NONE && !steps.get(producer)) {
            steps.set(producer);
            graph.steps().get(producer).inputs().forEach(input -> need(graph, input.tensor(), steps));
        }
    }

    /** Whether every step runs and every output is wanted. */
    boolean isAll(EnsembleGraph graph) {
        return outputs.cardinality() == graph.outputs().size() && steps.cardinality() == graph.steps().size();
    }

    /** Whether a tensor is wanted, or taken by a step that runs. */
    boolean needs(EnsembleGraph graph, int tensor) {
        List<Integer> consumers = graph.consumers(tensor);
        for (int i = 0; i < consumers.size(); i++) {
            if (steps.get(consumers.get(i))) {
                return true;
            }
        }
        return outputs.stream().anyMatch(output -> graph.outputs().get(output).tensor() == tensor);
    }
}
