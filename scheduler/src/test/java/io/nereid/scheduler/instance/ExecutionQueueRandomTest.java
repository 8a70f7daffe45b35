package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Random operations on the real line and on the reference, which must admit the same instances in the same order. */
class ExecutionQueueRandomTest {
    private static final int OPERATIONS = 400;
    private static final List<ResourceLimit> LIMITS = List.of(new ResourceLimit("A", 3, OptionalInt.empty()),
            new ResourceLimit("B", 2, OptionalInt.of(0)), new ResourceLimit("B", 4, OptionalInt.of(1)),
            new ResourceLimit("G", 3, OptionalInt.of(1)));

    private final ExecutionQueue line = new ExecutionQueue(LIMITS);
    private final ReferenceExecutionQueue reference = new ReferenceExecutionQueue(LIMITS);
    private final List<Integer> admitted = new ArrayList<>();
    private final Map<Integer, ExecutionQueue.Ticket> tickets = new HashMap<>();
    private int instances;

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void line_randomOperations_admitsAsTheReferenceDoes(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < OPERATIONS; i++) {
            operate(random);
            assertThat(admitted).as("seed %d, operation %d", seed, i).isEqualTo(reference.admitted);
        }
        assertThat(admitted).as("seed %d", seed).hasSizeGreaterThan(20);
        drain(seed);
    }

    private void operate(Random random) {
        List<ReferenceExecutionQueue.Instance> known = reference.registered;
        if (known.size() < 3 || (known.size() < 12 && random.nextInt(8) == 0)) {
            register(random);
            return;
        }
        List<ReferenceExecutionQueue.Instance> running = running();
        List<ReferenceExecutionQueue.Instance> choice = running.isEmpty() || random.nextBoolean() ? known : running;
        ReferenceExecutionQueue.Instance instance = choice.get(random.nextInt(choice.size()));
        ExecutionQueue.Ticket ticket = ticket(instance);
        if (random.nextInt(12) == 0) {
            line.unregister(ticket);
            reference.unregister(instance);
        } else if (instance.runs) {
            boolean executed = random.nextInt(4) > 0;
            boolean again = random.nextBoolean();
            if (again) {
                line.renew(ticket, executed);
            } else {
                line.release(ticket, executed);
            }
            reference.release(instance, executed, again);
            assertThat(ticket.scaledPriority()).isEqualTo(instance.turn());
        } else if (!instance.waits) {
            line.enqueue(ticket);
            reference.enqueue(instance);
        }
    }

    private void register(Random random) {
        List<ReferenceExecutionQueue.Instance> newcomers = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(3); i++) {
            newcomers.add(new ReferenceExecutionQueue.Instance(instances++, demand(random)));
        }
        List<ExecutionQueue.Ticket> made = newcomers.stream()
                .map(one -> new ExecutionQueue.Ticket(one.demand, () -> admitted.add(one.id))).toList();
        boolean expected = reference.register(newcomers);
        assertThat(registers(made)).isEqualTo(expected);
        IntStream.range(0, made.size()).forEach(i -> tickets.put(newcomers.get(i).id, made.get(i)));
    }

    private boolean registers(List<ExecutionQueue.Ticket> made) {
        try {
            line.register(made);
            return true;
        } catch (InferenceException refused) {
            return false;
        }
    }

    /** A and B per device, G and H global; C is either, so that instances are refused for it now and then. */
    private static InstanceDemand demand(Random random) {
        List<InstanceDemand.Resource> resources = new ArrayList<>();
        for (String name : List.of("A", "B", "C", "G", "H")) {
            if (random.nextInt(3) == 0) {
                boolean global = name.equals("C") ? random.nextInt(8) == 0 : name.compareTo("C") > 0;
                resources.add(new InstanceDemand.Resource(name, global, random.nextInt(4)));
            }
        }
        return new InstanceDemand(random.nextInt(3) - 1, resources, random.nextInt(4));
    }

    /** Whoever runs gives back until nobody waits: then all there is must be free. */
    private void drain(long seed) {
        List<ReferenceExecutionQueue.Instance> running = running();
        while (!running.isEmpty()) {
            line.release(ticket(running.getFirst()), true);
            reference.release(running.getFirst(), true, false);
            running = running();
        }
        assertThat(admitted).as("seed %d", seed).isEqualTo(reference.admitted);
        assertThat(reference.registered).as("nobody waits for ever, seed %d", seed)
                .noneMatch(instance -> instance.waits);
        for (ReferenceExecutionQueue.Instance instance : List.copyOf(reference.registered)) {
            line.enqueue(ticket(instance));
            assertThat(admitted.getLast()).as("seed %d", seed).isEqualTo(instance.id);
            line.release(ticket(instance), false);
        }
    }

    private List<ReferenceExecutionQueue.Instance> running() {
        return reference.registered.stream().filter(instance -> instance.runs).toList();
    }

    private ExecutionQueue.Ticket ticket(ReferenceExecutionQueue.Instance instance) {
        return Objects.requireNonNull(tickets.get(instance.id));
    }
}
