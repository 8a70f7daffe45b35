package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.onnxruntime.binding.BoundCall;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OrtMemoryInfo;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.InferenceException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A session on a GPU, with what its runs need to know.
 *
 * @param session the session, whose owner closes it after its runs
 * @param where which of its tensors are in the GPU's memory
 * @param deviceMemory describes that memory; closed by its owner after the runs
 * @param inputs the inputs of runs, by their number
 * @param outputs the outputs of runs, by their number
 * @param runEntries ONNX Runtime's entries for each run
 * @param graphs whether it records and replays runs that say so
 */
public record GpuSession(OrtSession session, GpuTensors where, OrtMemoryInfo deviceMemory,
        List<TensorSignature> inputs, List<TensorSignature> outputs, Map<String, String> runEntries,
        boolean graphs) {
    /** Says which CUDA graph a run records or replays. */
    private static final String GRAPH_ID = "gpu_graph_id";
    /** Neither. */
    private static final int NO_GRAPH = -1;

    /** The lists are copied. */
    public GpuSession {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        runEntries = Map.copyOf(runEntries);
    }

    /** Runs without a graph. */
    BoundCall call() throws InferenceException {
        return session.boundCall(deviceMemory, inputs, outputs, graphs ? entries(NO_GRAPH) : runEntries);
    }

    /** Runs of the graph of that number, from 1 on. */
    BoundCall graph(int id) throws InferenceException {
        return session.boundCall(deviceMemory, inputs, outputs, entries(id));
    }

    private Map<String, String> entries(int graph) {
        Map<String, String> entries = new HashMap<>(runEntries);
        entries.put(GRAPH_ID, Integer.toString(graph));
        return entries;
    }
}
