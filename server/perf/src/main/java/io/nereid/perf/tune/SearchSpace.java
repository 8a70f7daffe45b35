package io.nereid.perf.tune;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The settings to choose from: each placement with each way of batching.
 *
 * @param placements in the order of their trials
 * @param batchings likewise
 */
public record SearchSpace(List<Placement> placements, List<Batching> batchings) {
    public SearchSpace {
        placements = List.copyOf(new LinkedHashSet<>(placements));
        batchings = List.copyOf(new LinkedHashSet<>(batchings));
        if (placements.isEmpty() || batchings.isEmpty()) {
            throw new IllegalArgumentException("a search needs a placement and a way of batching");
        }
    }

    /** How many settings there are. */
    public int size() {
        return placements.size() * batchings.size();
    }

    /** All of them. */
    List<Settings> all() {
        return placements.stream()
                .flatMap(placement -> batchings.stream().map(batching -> new Settings(placement, batching))).toList();
    }

    /**
     * What there is to choose from.
     *
     * @param written what the file asks for now
     */
    static SearchSpace of(TuneOptions options, ServedConfig served, TunedConfig written, int processors) {
        List<Batching> batchings = new ArrayList<>(List.of(new Batching.Off()));
        if (served.maxBatchSize() > 1) {
            options.delaysMicros().forEach(delay -> batchings.add(new Batching.Dynamic(List.of(), delay)));
            batchings.add(written.batching());
        }
        return new SearchSpace(placements(options, served, processors), batchings);
    }

    private static List<Placement> placements(TuneOptions options, ServedConfig served, int processors) {
        List<Placement> usual = served.onGpu() ? onGpu()
                : onProcessors(processors).stream().filter(each -> served.takesThreads() || each.threads() == 1)
                        .toList();
        if (options.instances().isEmpty() && options.threads().isEmpty()) {
            return usual;
        }
        List<Integer> instances = options.instances().isEmpty() ? usual.stream().map(Placement::instances).toList()
                : options.instances();
        List<Integer> threads = !options.threads().isEmpty() ? options.threads()
                : usual.stream().map(Placement::threads).toList();
        return instances.stream().flatMap(count -> threads.stream().map(each -> new Placement(count, each))).distinct()
                .toList();
    }

    private static List<Placement> onGpu() {
        return IntStream.of(1, 2, 4).mapToObj(instances -> new Placement(instances, 1)).toList();
    }

    /** Where a search begins: with the first placement, without batching, and with the batching of the file or the first. */
    List<Settings> starts(TunedConfig written) {
        List<Batching> dynamic = batchings.stream().filter(Batching.Dynamic.class::isInstance).toList();
        Stream<Batching> first = dynamic.contains(written.batching()) ? Stream.of(written.batching())
                : dynamic.stream().limit(1);
        return Stream.concat(batchings.stream().filter(Batching.Off.class::isInstance), first)
                .map(batching -> new Settings(placements.getFirst(), batching)).toList();
    }

    /**
     * Placements that leave no processor without work and give none two threads at once: numbers of instances and of
     * threads, powers of two, whose product is at most the number of processors; and one thread for each instance as
     * often as there are processors.
     */
    static List<Placement> onProcessors(int processors) {
        List<Placement> placements = new ArrayList<>();
        for (int instances : powersUpTo(processors)) {
            for (int threads : powersUpTo(processors / instances)) {
                placements.add(new Placement(instances, threads));
            }
        }
        placements.add(new Placement(processors, 1));
        return placements;
    }

    private static SequencedSet<Integer> powersUpTo(int limit) {
        SequencedSet<Integer> powers = new LinkedHashSet<>();
        IntStream.iterate(1, power -> power <= limit, power -> power * 2).forEach(powers::add);
        return powers;
    }
}
