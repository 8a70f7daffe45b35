package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.backend.onnxruntime.gpu.FixedRun;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.DynamicBatchingConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The batch sizes of a model whose runs are recorded as CUDA graphs and replayed: those of {@code graph_spec}, else one
 * and the preferred ones. A graph needs every tensor on the GPU and in the same shape each time.
 *
 * @param enabled whether the configuration asks for graphs
 * @param batchSizes of the model; 1 stands for a model that does not batch
 */
record CudaGraphs(boolean enabled, Set<Integer> batchSizes) {
    /** By accelerator: the parameter that asks for graphs too. It is the server's to say: addresses have to stay. */
    static final Map<String, String> PARAMETERS = Map.of("cuda", "enable_cuda_graph", "tensorrt",
            "trt_cuda_graph_enable");

    private static final Set<String> ASKED = Set.of("1", "true", "True");

    /** The sizes are copied. */
    CudaGraphs {
        batchSizes = Set.copyOf(batchSizes);
    }

    static CudaGraphs of(ModelConfig config) {
        boolean asked = config.optimization().cuda().graphs()
                || config.optimization().gpuAccelerators().stream()
                        .anyMatch(accelerator -> ASKED.contains(accelerator.parameters()
                                .getOrDefault(PARAMETERS.getOrDefault(accelerator.name(), ""), "")));
        return new CudaGraphs(asked, asked ? sizes(config) : Set.of());
    }

    private static Set<Integer> sizes(ModelConfig config) {
        if (config.maxBatchSize() == 0) {
            return Set.of(1);
        }
        Set<Integer> sizes = new TreeSet<>(config.optimization().cuda().graphBatchSizes());
        if (sizes.isEmpty()) {
            sizes.add(1);
            if (config.scheduling() instanceof DynamicBatchingConfig batching) {
                sizes.addAll(batching.preferredBatchSizes());
            }
        }
        sizes.removeIf(size -> size < 1 || size > config.maxBatchSize());
        return sizes;
    }

    /** What keeps the runs of a model from being recorded, as a clause; empty if nothing does. */
    static String obstacle(SignatureCheck.Checked model, GpuTensors where) {
        if (!model.states().isEmpty() || model.ragged() || !model.scatters().isEmpty()) {
            return "it has states, ragged inputs or batch outputs";
        }
        for (int i = 0; i < model.inputs().size(); i++) {
            TensorSignature signature = model.inputSignatures().get(i);
            if (model.inputs().get(i).optional() || model.inputs().get(i).dataType() == DataType.BYTES
                    || !isFixed(signature.shape(), model.batching()) || !where.inputs().contains(signature.name())) {
                return "its input '" + signature.name()
                        + "' may be left out, is of strings, is read on the CPU or is not of one size but for the batch";
            }
        }
        for (int i = 0; i < model.outputs().size(); i++) {
            TensorSignature signature = model.outputSignatures().get(i);
            if (!OutputPlan.of(model.outputs().get(i), signature, model).isShapeKnown()
                    || !where.outputs().contains(signature.name())) {
                return "its output '" + signature.name()
                        + "' is made on the CPU, or its size does not follow from that of the batch";
            }
        }
        return "";
    }

    private static boolean isFixed(Shape shape, boolean batching) {
        for (int i = batching ? 1 : 0; i < shape.rank(); i++) {
            if (shape.dim(i) == Shape.ANY) {
                return false;
            }
        }
        return shape.rank() > 0 || !batching;
    }

    /** The runs to record of a model that nothing keeps from it, the smallest first. */
    List<FixedRun> runs(SignatureCheck.Checked model) {
        List<FixedRun> runs = new ArrayList<>();
        for (int size : new TreeSet<>(batchSizes)) {
            runs.add(new FixedRun(size, shapes(model.inputSignatures(), size, model.batching()),
                    shapes(model.outputSignatures(), size, model.batching())));
        }
        return runs;
    }

    private static List<Shape> shapes(List<TensorSignature> tensors, int rows, boolean batching) {
        return tensors.stream().map(tensor -> batching ? tensor.shape().withFirst(rows) : tensor.shape()).toList();
    }
}
