package io.nereid.modelrepo.config;

import java.util.List;
import java.util.Map;

/**
 * How hard a backend tries.
 *
 * @param graphLevel of graph optimisation; 0 leaves it to the backend
 * @param cuda what a GPU does at a time
 * @param gatherKernelBufferThreshold inputs from which a GPU kernel gathers them; 0 for never
 */
public record OptimizationConfig(int graphLevel, Priority priority, Cuda cuda, List<Accelerator> gpuAccelerators,
        List<Accelerator> cpuAccelerators, boolean inputPinnedMemory, boolean outputPinnedMemory,
        long gatherKernelBufferThreshold, boolean eagerBatching) {

    /** Of the model among others on the same device. */
    public enum Priority {
        DEFAULT,
        MAX,
        MIN
    }

    /**
     * CUDA's part.
     *
     * @param graphs whether executions are recorded and replayed
     * @param graphBatchSizes the batch sizes of which they are; none leaves them to the backend
     */
    public record Cuda(boolean graphs, List<Integer> graphBatchSizes) {
        /** Nothing in particular. */
        public static final Cuda DEFAULT = new Cuda(false, List.of());

        public Cuda {
            graphBatchSizes = List.copyOf(graphBatchSizes);
        }
    }

    /**
     * An execution accelerator, as {@code tensorrt} or {@code openvino}.
     *
     * @param parameters in the accelerator's own words
     */
    public record Accelerator(String name, Map<String, String> parameters) {
        public Accelerator {
            parameters = Map.copyOf(parameters);
        }
    }

    public OptimizationConfig {
        gpuAccelerators = List.copyOf(gpuAccelerators);
        cpuAccelerators = List.copyOf(cpuAccelerators);
    }
}
