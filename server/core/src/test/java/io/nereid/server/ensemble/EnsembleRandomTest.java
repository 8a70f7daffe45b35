package io.nereid.server.ensemble;

import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random graphs, whose models answer in a random order: the outputs are those of a plain evaluation, exactly the steps
 * run that this needs, and no memory is left.
 */
class EnsembleRandomTest {
    private static final int GRAPHS = 150;

    /** One ensemble; what the steps compute is the sum of their inputs and a number of their own. */
    private static final class Graph {
        final List<String> inputs = new ArrayList<>();
        final List<String> outputs = new ArrayList<>();
        final List<EnsembleConfig.Step> steps = new ArrayList<>();
        final List<ModelConfig> models = new ArrayList<>();

        Graph(Random random) {
            List<String> tensors = new ArrayList<>();
            Set<String> unused = new TreeSet<>();
            for (int i = 0; i <= random.nextInt(3); i++) {
                tensors.add("in" + i);
            }
            int stepCount = 1 + random.nextInt(8);
            for (int s = 0; s < stepCount; s++) {
                Map<String, String> in = new HashMap<>();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    String tensor = tensors.get(random.nextInt(tensors.size()));
                    in.put("I" + i, tensor);
                    unused.remove(tensor);
                }
                Map<String, String> out = new HashMap<>();
                for (int i = 0; i <= random.nextInt(2); i++) {
                    out.put("O" + i, "t" + s + "_" + i);
                }
                tensors.addAll(out.values());
                unused.addAll(out.values());
                steps.add(new EnsembleConfig.Step("m" + s, -1, in, out));
            }
            Collections.shuffle(steps, random);
            steps.forEach(step -> step.inputMap().values().stream()
                    .filter(tensor -> tensor.startsWith("in") && !inputs.contains(tensor)).forEach(inputs::add));
            outputs.addAll(unused);
            tensors.stream().filter(t -> t.startsWith("t") && !unused.contains(t) && random.nextInt(4) == 0)
                    .forEach(outputs::add);
            steps.forEach(step -> models.add(model(step)));
        }

        private static ModelConfig model(EnsembleConfig.Step step) {
            StringBuilder text = new StringBuilder();
            step.inputMap().keySet().forEach(name -> text.append(Configs.input(name, "1")));
            step.outputMap().keySet().forEach(name -> text.append(Configs.output(name, "1")));
            return Configs.model(step.modelName(), text.toString());
        }

        ModelConfig config() {
            StringBuilder text = new StringBuilder();
            inputs.forEach(name -> text.append(Configs.input(name, "1")));
            outputs.forEach(name -> text.append(Configs.output(name, "1")));
            List<String> texts = new ArrayList<>();
            for (EnsembleConfig.Step step : steps) {
                List<String> mappings = new ArrayList<>();
                step.inputMap().forEach((name, tensor) -> mappings.add(name + "=" + tensor));
                mappings.add("->");
                step.outputMap().forEach((name, tensor) -> mappings.add(name + "=" + tensor));
                texts.add(Configs.step(step.modelName(), mappings.toArray(String[]::new)));
            }
            return Configs.ensemble(text + Configs.steps(texts.toArray(String[]::new)));
        }

        /** The plain evaluation; notes the steps that it needs. */
        long evaluate(String tensor, Map<String, Long> given, Set<Integer> needed) {
            for (int i = 0; i < steps.size(); i++) {
                for (Map.Entry<String, String> output : steps.get(i).outputMap().entrySet()) {
                    if (output.getValue().equals(tensor)) {
                        needed.add(i);
                        long sum = 0;
                        for (String input : steps.get(i).inputMap().values()) {
                            sum += evaluate(input, given, needed);
                        }
                        return computed(i, output.getKey(), sum);
                    }
                }
            }
            return Objects.requireNonNull(given.get(tensor));
        }
    }

    private static long computed(int step, String output, long sum) {
        return sum * 31 + step * 7L + output.hashCode();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomGraphs(long seed) throws Exception {
        Random random = new Random(seed);
        for (int i = 0; i < GRAPHS; i++) {
            Graph graph = new Graph(random);
            for (int wanted = 0; wanted < 3; wanted++) {
                run(graph, random, wanted == 0 ? List.of() : subset(graph.outputs, random));
            }
        }
    }

    private static List<String> subset(List<String> all, Random random) {
        List<String> some = new ArrayList<>(all);
        Collections.shuffle(some, random);
        return some.subList(0, 1 + random.nextInt(some.size()));
    }

    private static void run(Graph graph, Random random, List<String> requested) throws Exception {
        TestEnsemble ensemble = new TestEnsemble(graph.config(), graph.models);
        Map<String, Long> given = new HashMap<>();
        graph.inputs.forEach(name -> given.put(name, (long) random.nextInt(1_000)));
        RecordingListener listener = new RecordingListener();
        ensemble.infer(listener, requested,
                given.entrySet().stream().map(e -> FakeModel.tensor(e.getKey(), e.getValue())).toArray(Tensor[]::new));
        Set<Integer> ran = play(graph, ensemble, random);

        Set<Integer> needed = new TreeSet<>();
        Map<String, Long> expected = new HashMap<>();
        (requested.isEmpty() ? graph.outputs : requested)
                .forEach(name -> expected.put(name, graph.evaluate(name, given, needed)));
        InferenceResponse response = listener.response();
        Map<String, Long> got = new HashMap<>();
        response.outputs().forEach(output -> got.put(output.name(), FakeModel.value(output)));
        assertThat(got).isEqualTo(expected);
        assertThat(ran).isEqualTo(needed);
        response.memory().release();
        assertThat(ensemble.held).hasValue(0);
        assertThat(ensemble.body.releases()).isEqualTo(1);
    }

    /** Answers what was asked, in a random order, until nothing is left. */
    private static Set<Integer> play(Graph graph, TestEnsemble ensemble, Random random) {
        Set<Integer> ran = new TreeSet<>();
        while (true) {
            List<Integer> waiting = new ArrayList<>();
            for (int i = 0; i < graph.steps.size(); i++) {
                if (!ran.contains(i) && !ensemble.model(i).asked.isEmpty()) {
                    waiting.add(i);
                }
            }
            if (waiting.isEmpty()) {
                return ran;
            }
            int step = waiting.get(random.nextInt(waiting.size()));
            ran.add(step);
            FakeModel.Asked asked = ensemble.model(step).last();
            long sum = asked.request.inputs().stream().mapToLong(FakeModel::value).sum();
            ensemble.model(step).answer(asked, asked.request.outputs().stream()
                    .map(output -> FakeModel.tensor(output.name(), computed(step, output.name(), sum)))
                    .toArray(Tensor[]::new));
        }
    }
}
