package io.nereid.server.sharedmemory;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.OutputTarget;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;

/** Random operations, held against counts that are kept beside the registry. */
@Timeout(120)
final class SharedMemoryRandomTest {
    private static final int NAMES = 4;
    private static final int STEPS = 1_000;

    private final TensorMemory memory = new PoisonedMemory(1L << 30, 1L << 20);
    private final FakeGpu gpu = new FakeGpu();

    /** What is registered under a name, and whether by CUDA; and how many requests hold it, or held it before. */
    private static final class Held {
        final boolean cuda;
        boolean registered = true;
        int targets;

        Held(boolean cuda) {
            this.cuda = cuda;
        }

        boolean open() {
            return registered || targets > 0;
        }
    }

    private record Target(OutputTarget target, Held of) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34})
    void operations_inAnyOrder_keepOpenWhatIsHeldAndNothingElse(long seed) throws InferenceException {
        Random random = new Random(seed);
        gpu.allocate(1, 8);
        try (TestObject object = new TestObject(8); SharedMemory shared = new SharedMemory(true, gpu)) {
            Map<String, Held> names = new HashMap<>();
            List<Held> all = new ArrayList<>();
            List<Target> targets = new ArrayList<>();
            for (int step = 0; step < STEPS; step++) {
                String name = "r" + random.nextInt(NAMES);
                boolean cuda = random.nextBoolean();
                switch (random.nextInt(6)) {
                    case 0, 1 -> register(shared, names, all, name, cuda, object);
                    case 2 -> unregister(shared, names, random.nextInt(8) == 0 ? "" : name, cuda);
                    case 3, 4 -> hold(shared, names, targets, name);
                    default -> letGo(targets, random);
                }
                all.removeIf(held -> !held.open());
                assertThat(TestObject.openDescriptors()).as("descriptors after step %d", step)
                        .isEqualTo(all.stream().filter(held -> !held.cuda).count());
                assertThat((long) gpu.open.get()).as("GPU memory after step %d", step)
                        .isEqualTo(all.stream().filter(held -> held.cuda).count());
            }
            assertThat(shared.system("").size() + shared.cuda("").size()).isEqualTo(names.size());
            targets.forEach(target -> target.target().release());
        }
        assertThat(TestObject.openDescriptors()).isZero();
        assertThat(gpu.open).hasValue(0);
        assertThat(memory.bytesInUse()).isZero();
    }

    private static void register(SharedMemory shared, Map<String, Held> names, List<Held> all, String name,
            boolean cuda, TestObject object) {
        boolean done = succeeds(() -> {
            if (cuda) {
                shared.registerCuda(name, FakeGpu.handle(1), 0, 8);
            } else {
                shared.registerSystem(name, object.key(), 0, 8);
            }
        });
        assertThat(done).isEqualTo(!names.containsKey(name));
        if (done) {
            names.put(name, new Held(cuda));
            all.add(names.get(name));
        }
    }

    private static void unregister(SharedMemory shared, Map<String, Held> names, String name, boolean cuda)
            throws InferenceException {
        if (cuda) {
            shared.unregisterCuda(name);
        } else {
            shared.unregisterSystem(name);
        }
        names.entrySet().removeIf(entry -> {
            boolean gone = (name.isEmpty() || entry.getKey().equals(name)) && entry.getValue().cuda == cuda;
            entry.getValue().registered = !gone;
            return gone;
        });
    }

    private void hold(SharedMemory shared, Map<String, Held> names, List<Target> targets, String name) {
        boolean done = succeeds(() -> {
            shared.read(name, 0, 8, InputMemory.of(memory)).release();
            OutputTarget target = shared.target(name, 0, 8);
            Held held = Objects.requireNonNull(names.get(name));
            held.targets++;
            targets.add(new Target(target, held));
        });
        assertThat(done).isEqualTo(names.containsKey(name));
    }

    private static void letGo(List<Target> targets, Random random) {
        if (!targets.isEmpty()) {
            Target target = targets.remove(random.nextInt(targets.size()));
            target.of().targets--;
            target.target().release();
        }
    }

    @Test
    void operations_ofManyThreads_leaveNothingOpen() throws Exception {
        gpu.allocate(1, 8);
        try (TestObject object = new TestObject(8);
                SharedMemory shared = new SharedMemory(true, gpu);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(i);
                work.add(() -> {
                    for (int step = 0; step < STEPS; step++) {
                        anything(shared, object, random);
                    }
                    return null;
                });
            }
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
        }
        assertThat(TestObject.openDescriptors()).isZero();
        assertThat(gpu.open).hasValue(0);
        assertThat(memory.bytesInUse()).isZero();
    }

    private void anything(SharedMemory shared, TestObject object, Random random) throws InferenceException {
        String name = "r" + random.nextInt(2);
        switch (random.nextInt(6)) {
            case 0 -> succeeds(() -> shared.registerSystem(name, object.key(), 0, 8));
            case 1 -> succeeds(() -> shared.registerCuda(name, FakeGpu.handle(1), 0, 8));
            case 2 -> shared.unregisterSystem(random.nextBoolean() ? "" : name);
            case 3 -> shared.unregisterCuda(name);
            case 4 -> succeeds(() -> shared.read(name, 0, 8, InputMemory.of(memory)).release());
            default -> succeeds(() -> {
                OutputTarget target = shared.target(name, 0, 8);
                Thread.onSpinWait();
                target.release();
            });
        }
    }

    private interface Operation {
        void run() throws InferenceException;
    }

    private static boolean succeeds(Operation operation) {
        try {
            operation.run();
            return true;
        } catch (InferenceException _) {
            return false;
        }
    }
}
