package io.nereid.backend.device;

import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListSet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

final class DevicePoolTest {
    private static final long POOL = 4096;

    private final StandInCuda cuda = new StandInCuda(2, 8192);
    private final DevicePool pool = new DevicePool(cuda, DevicePoolSizes.DEFAULT.with(0, POOL + 100).with(1, 0));

    @AfterEach
    void nothingIsLeft() {
        pool.close();
        pool.close();
        cuda.close();
    }

    private TensorBuffer allocate(long byteSize) {
        return Objects.requireNonNull(pool.tryAllocate(0, byteSize));
    }

    @Test
    void tryAllocate_manyTensors_asksTheDriverOnce() {
        TensorBuffer one = allocate(1);
        TensorBuffer other = allocate(1000);
        TensorBuffer none = allocate(0);
        assertThat(cuda.events()).containsExactly("allocate " + POOL);
        assertThat(one.data().kind()).isEqualTo(TensorData.Kind.CUDA);
        assertThat(other.data().length()).isEqualTo(1000);
        assertThat(List.of(one, other, none)).extracting(buffer -> buffer.data().address() % DevicePool.ALIGNMENT)
                .containsOnly(0L);
        assertThat(List.of(one, other, none)).extracting(buffer -> buffer.data().address()).doesNotHaveDuplicates();
        one.release();
        other.release();
        none.release();
        assertThat(cuda.events()).as("calls to the driver").isEmpty();
        assertThatIllegalStateException().isThrownBy(one::release);
    }

    @Test
    void tryAllocate_moreThanIsFree_isNotToBeHadUntilSomethingIsGivenBack() {
        TensorBuffer most = allocate(POOL - 256);
        TensorBuffer rest = allocate(256);
        assertThat(pool.tryAllocate(0, 1)).isNull();
        assertThat(pool.tryAllocate(0, 1L << 50)).isNull();
        most.release();
        allocate(POOL - 256).release();
        rest.release();
        allocate(POOL).release();
    }

    @Test
    void tryAllocate_poolOfNoBytesOrNoGpu_neverIs() {
        assertThat(pool.tryAllocate(1, 1)).isNull();
        assertThat(cuda.events()).isEmpty();
        try (DevicePool none = new DevicePool(null, DevicePoolSizes.DEFAULT)) {
            assertThat(none.tryAllocate(0, 1)).isNull();
        }
    }

    @Test
    void tryAllocate_gpuIsFull_asksOnceAndNeverIs() throws Exception {
        long taken = cuda.allocate(0, 8192 - POOL + 1);
        cuda.events();
        assertThat(pool.tryAllocate(0, 1)).isNull();
        assertThat(pool.tryAllocate(0, 1)).isNull();
        assertThat(cuda.events()).containsExactly("refuse " + POOL);
        cuda.free(0, taken);
    }

    @Test
    void close_tensorsThatAreHeld_keepTheBlock() {
        TensorBuffer held = allocate(10).retain(1);
        pool.close();
        assertThat(pool.tryAllocate(0, 1)).isNull();
        held.release();
        assertThat(cuda.held(0)).isEqualTo(POOL);
        held.release();
        assertThat(cuda.held(0)).isZero();
    }

    @Test
    void tryAllocate_manyThreads_nobodyGetsWhatAnotherHas() throws Exception {
        ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        ConcurrentSkipListSet<Long> held = new ConcurrentSkipListSet<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            threads.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2000; i++) {
                    TensorBuffer buffer = pool.tryAllocate(0, 1 + random.nextInt(256));
                    if (buffer != null) {
                        if (!held.add(buffer.data().address())) {
                            wrong.add("given out twice: " + buffer.data());
                        }
                        held.remove(buffer.data().address());
                        buffer.release();
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(cuda.events()).containsExactly("allocate " + POOL);
    }
}
