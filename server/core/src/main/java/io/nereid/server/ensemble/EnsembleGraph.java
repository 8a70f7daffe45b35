package io.nereid.server.ensemble;

import io.nereid.backend.Reshape;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.server.protocol.RequestedOutput;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The steps of an ensemble and the tensors between them, by number. Immutable.
 *
 * <p>The <em>origin</em> of a tensor is the nearest decoupled step that it depends on: there is one tensor for each
 * response of that step. Without one there is one tensor for each request.
 */
final class EnsembleGraph {
    /** In place of a step's number: none. */
    static final int NONE = -1;

    private final String name;
    private final List<Step> steps;
    private final List<Port> inputs;
    private final List<Port> outputs;
    private final List<String> tensors;
    private final int[] producers;
    private final List<List<Integer>> consumers;
    private final int[] origins;

    /**
     * One step.
     *
     * @param index its number, as the configuration counts
     * @param model the name of its model
     * @param decoupled whether its model gives any number of responses
     * @param inputs by the names of the model's inputs
     * @param outputs by the names of the model's outputs
     * @param requested what its model is asked for where all outputs are needed, in the same order
     * @param origin of all its inputs that have one; {@link #NONE} if none has
     */
    record Step(int index, String model, boolean decoupled, List<Port> inputs, List<Port> outputs,
            List<RequestedOutput> requested, int origin) {}

    /**
     * A model's input or output, or the ensemble's own, and the tensor that it is.
     *
     * @param name of the input or output
     * @param bridge to whoever receives the tensor here
     * @param reshape of the ensemble's own inputs and outputs, whose steps may see another shape than its clients
     */
    record Port(String name, int tensor, BatchBridge bridge, Reshape reshape) {
        /** An input of the ensemble as its steps see it. */
        Tensor toSteps(Tensor given) {
            return named(given, given.name(), reshape.apply(given.shape()));
        }

        /**
         * A tensor as the model of a step takes it.
         *
         * @param shared whether others read the tensor too
         */
        Tensor toModel(Tensor tensor, boolean shared) {
            Tensor fitting = named(tensor, name, bridge.fit(tensor.shape()));
            return shared ? fitting.forSeveral() : fitting;
        }

        /** A tensor as the ensemble's client receives it. */
        Tensor toClient(Tensor tensor) {
            return named(tensor, name, reshape.applyWhereFits(bridge.fit(tensor.shape())));
        }

        private static Tensor named(Tensor tensor, String name, Shape shape) {
            return tensor.name().equals(name) && tensor.shape().equals(shape) ? tensor
                    : new Tensor(name, tensor.dataType(), shape, tensor.memory());
        }
    }

    /**
     * The graph of an ensemble, all of whose tensors are in host memory.
     *
     * @param models the complete configurations of the steps' models, in the order of the steps
     */
    EnsembleGraph(ModelConfig ensemble, List<ModelConfig> models) {
        this(ensemble, models, Collections.nCopies(models.size(), TensorData.NO_DEVICE));
    }

    /**
     * The graph of an ensemble that {@link EnsembleCheck} has passed.
     *
     * @param inputDevices of each step the GPU in whose memory it reads inputs; {@link TensorData#NO_DEVICE} for none
     */
    EnsembleGraph(ModelConfig ensemble, List<ModelConfig> models, List<Integer> inputDevices) {
        name = ensemble.name();
        boolean batches = ensemble.maxBatchSize() > 0;
        Map<String, Integer> numbers = new HashMap<>();
        List<String> names = new ArrayList<>();
        inputs = ensemble.inputs().stream().map(input -> new Port(input.name(),
                number(input.name(), numbers, names), bridge(input.dims(), ensemble),
                Reshape.of(input.dims(), input.reshape().orElse(input.dims()), batches))).toList();
        List<EnsembleConfig.Step> configured = ((EnsembleConfig) ensemble.scheduling()).steps();
        List<Step> unordered = new ArrayList<>();
        for (int i = 0; i < configured.size(); i++) {
            unordered.add(step(i, configured.get(i), models.get(i), numbers, names));
        }
        outputs = ensemble.outputs().stream().map(output -> new Port(output.name(),
                number(output.name(), numbers, names), bridge(output.reshape().orElse(output.dims()), ensemble),
                Reshape.of(output.reshape().orElse(output.dims()), output.dims(), batches))).toList();
        tensors = List.copyOf(names);
        producers = producers(unordered, names.size());
        origins = origins(unordered, producers);
        consumers = consumers(unordered, names.size());
        steps = unordered.stream().map(step -> new Step(step.index, step.model, step.decoupled, step.inputs,
                step.outputs, step.outputs.stream().map(port -> requested(port, inputDevices)).toList(),
                origin(step, origins))).toList();
    }

    private static Step step(int index, EnsembleConfig.Step step, ModelConfig model, Map<String, Integer> numbers,
            List<String> names) {
        List<Port> in = new ArrayList<>();
        for (ModelInput input : model.inputs()) {
            String tensor = step.inputMap().get(input.name());
            if (tensor != null) {
                in.add(new Port(input.name(), number(tensor, numbers, names), bridge(input.dims(), model),
                        Reshape.NONE));
            }
        }
        List<Port> out = new ArrayList<>();
        for (ModelOutput output : model.outputs()) {
            String tensor = step.outputMap().get(output.name());
            if (tensor != null) {
                out.add(new Port(output.name(), number(tensor, numbers, names), bridge(output.dims(), model),
                        Reshape.NONE));
            }
        }
        return new Step(index, model.name(), model.decoupled(), List.copyOf(in), List.copyOf(out), List.of(), NONE);
    }

    /** What a step's model is asked for: on a GPU where all that take it read the memory of that one. */
    private RequestedOutput requested(Port port, List<Integer> inputDevices) {
        boolean isOutput = outputs.stream().anyMatch(output -> output.tensor == port.tensor);
        List<Integer> devices = consumers.get(port.tensor).stream().map(inputDevices::get).distinct().toList();
        boolean stays = !isOutput && devices.size() == 1 && devices.getFirst() != TensorData.NO_DEVICE;
        return new RequestedOutput(port.name, true, 0, null,
                stays ? new OutputPlace.OnDevice(devices.getFirst()) : OutputPlace.HOST);
    }

    private static BatchBridge bridge(List<Long> dims, ModelConfig model) {
        return new BatchBridge(Shape.of(dims.stream().mapToLong(Long::longValue).toArray()),
                model.maxBatchSize() > 0);
    }

    private static int number(String tensor, Map<String, Integer> numbers, List<String> names) {
        Integer known = numbers.putIfAbsent(tensor, names.size());
        if (known == null) {
            names.add(tensor);
            return names.size() - 1;
        }
        return known;
    }

    private static int[] producers(List<Step> steps, int tensors) {
        int[] producers = new int[tensors];
        Arrays.fill(producers, NONE);
        for (Step step : steps) {
            step.outputs.forEach(output -> producers[output.tensor] = step.index);
        }
        return producers;
    }

    /** A step's outputs are known once its inputs are; without a circle every step's are in the end. */
    private static int[] origins(List<Step> steps, int[] producers) {
        int[] origins = new int[producers.length];
        Arrays.fill(origins, NONE);
        for (Step step : inOrder(steps, producers)) {
            int origin = step.decoupled ? step.index : origin(step, origins);
            step.outputs.forEach(output -> origins[output.tensor] = origin);
        }
        return origins;
    }

    private static int origin(Step step, int[] origins) {
        for (Port input : step.inputs) {
            if (origins[input.tensor] != NONE) {
                return origins[input.tensor];
            }
        }
        return NONE;
    }

    /** Each step after those that it depends on. */
    private static List<Step> inOrder(List<Step> steps, int[] producers) {
        Map<Integer, Step> ordered = new TreeMap<>();
        List<Step> order = new ArrayList<>();
        while (ordered.size() < steps.size()) {
            int before = ordered.size();
            for (Step step : steps) {
                boolean ready = step.inputs.stream().map(input -> producers[input.tensor])
                        .allMatch(producer -> producer == NONE || ordered.containsKey(producer));
                if (ready && ordered.putIfAbsent(step.index, step) == null) {
                    order.add(step);
                }
            }
            if (ordered.size() == before) {
                throw new IllegalArgumentException("steps wait for each other"); // refused with the configuration
            }
        }
        return order;
    }

    private static List<List<Integer>> consumers(List<Step> steps, int tensors) {
        List<List<Integer>> consumers = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            consumers.add(new ArrayList<>(1));
        }
        for (Step step : steps) {
            step.inputs.forEach(input -> consumers.get(input.tensor).add(step.index));
        }
        return consumers.stream().map(Collections::unmodifiableList).toList();
    }

    /** The ensemble's name. */
    String name() {
        return name;
    }

    /** The steps, in the configuration's order. */
    List<Step> steps() {
        return steps;
    }

    /** The ensemble's inputs, in the configuration's order. */
    List<Port> inputs() {
        return inputs;
    }

    /** The ensemble's outputs, in the configuration's order. */
    List<Port> outputs() {
        return outputs;
    }

    /** How many tensors there are. */
    int tensorCount() {
        return tensors.size();
    }

    /** What the configuration calls a tensor. */
    String tensor(int number) {
        return tensors.get(number);
    }

    /** The step that makes a tensor; {@link #NONE} for an input of the ensemble. */
    int producer(int tensor) {
        return producers[tensor];
    }

    /** The steps that take a tensor; a step that takes it by two of its inputs is there twice. */
    List<Integer> consumers(int tensor) {
        return consumers.get(tensor);
    }

    /** The decoupled step for each of whose responses there is one tensor of that number; {@link #NONE} for one. */
    int origin(int tensor) {
        return origins[tensor];
    }

    /** Whether any step is decoupled, and so the ensemble. */
    boolean decoupled() {
        return steps.stream().anyMatch(Step::decoupled);
    }
}
