package io.nereid.inference;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

class TensorMemoryTest {
    private static final long MIB = 1 << 20;

    private final TensorMemory memory = new TensorMemory(64 * MIB, 16 * MIB);

    // Size classes

    @Test
    void classOf_everySize_holdsItWithAtMostAFifthToSpare() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            long size = 1 + (random.nextLong() >>> (24 + random.nextInt(39)));
            int index = TensorMemory.classOf(size);
            long capacity = TensorMemory.capacityOf(index);
            assertThat(capacity).as("capacity for %d", size).isGreaterThanOrEqualTo(size);
            assertThat(size <= 256 || (capacity - size) * 5 <= capacity).as("spare of %d for %d", capacity, size)
                    .isTrue();
        }
    }

    @Test
    void classOf_aCapacity_isItsOwnClassAndOneByteMoreTheNext() {
        for (int index = 0; index < 128; index++) {
            assertThat(TensorMemory.classOf(TensorMemory.capacityOf(index))).isEqualTo(index);
            assertThat(TensorMemory.classOf(TensorMemory.capacityOf(index) + 1)).isEqualTo(index + 1);
        }
    }

    // Allocation

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 63, 255, 256, 257, 602_112, 3_000_001})
    void allocate_anySize_isExactlyThatLongAlignedAndWritable(long byteSize) throws Exception {
        TensorBuffer buffer = memory.allocate(byteSize);
        assertThat(buffer.segment().byteSize()).isEqualTo(byteSize);
        assertThat(buffer.segment().address() % 64).isZero();
        buffer.segment().fill((byte) 7);
        if (byteSize > 0) {
            assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, byteSize - 1)).isEqualTo((byte) 7);
        }
        buffer.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void allocate_afterReleaseOfTheSameSize_reusesTheMemory() throws Exception {
        TensorBuffer first = memory.allocate(602_112);
        long address = first.segment().address();
        first.release();
        assertThat(memory.pooledBytes()).isBetween(602_112L, 602_112L * 5 / 4);
        TensorBuffer second = memory.allocate(600_000);
        assertThat(second.segment().address()).isEqualTo(address);
        assertThat(second.segment().byteSize()).isEqualTo(600_000);
        assertThat(memory.pooledBytes()).isZero();
        second.release();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 255, 4096, 602_112})
    void allocateZeroed_afterOthersWroteThere_isAllZero(long byteSize) throws Exception {
        TensorBuffer first = memory.allocate(byteSize);
        first.segment().fill((byte) 7);
        first.release();
        TensorBuffer second = memory.allocateZeroed(byteSize);
        assertThat(second.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(new byte[(int) byteSize]);
        second.release();
    }

    @Test
    void allocate_afterAShortenedOne_hasItsFullLengthAgain() throws Exception {
        TensorBuffer first = memory.allocate(1000);
        first.narrow(0, 10);
        assertThat(first.segment().byteSize()).isEqualTo(10);
        first.release();
        TensorBuffer second = memory.allocate(1000);
        assertThat(second.segment().byteSize()).isEqualTo(1000);
        second.release();
    }

    @Test
    void allocate_twice_neverSharesMemory() throws Exception {
        TensorBuffer one = memory.allocate(1000);
        TensorBuffer other = memory.allocate(1000);
        assertThat(one.segment().asOverlappingSlice(other.segment())).isEmpty();
        one.release();
        other.release();
    }

    // Limits

    @Test
    void allocate_moreThanIsLeft_failsUnavailableAndTakesNothing() throws Exception {
        TensorBuffer most = memory.allocate(60 * MIB);
        long before = memory.bytesInUse();
        assertThatThrownBy(() -> memory.allocate(8 * MIB)).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .satisfies(e -> assertThat(e.text()).contains("8388608", "67108864"));
        assertThat(memory.bytesInUse()).isEqualTo(before);
        most.release();
        memory.allocate(8 * MIB).release();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 64 * MIB + 1, (1L << 40) + 1, Long.MAX_VALUE})
    void allocate_moreThanThereWillEverBe_failsInvalidArg(long byteSize) {
        assertThatThrownBy(() -> memory.allocate(byteSize)).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void allocate_sizeWhoseClassExceedsTheLimit_failsInvalidArgRatherThanTryAgain() {
        TensorMemory odd = new TensorMemory(1000, 0);
        assertThatThrownBy(() -> odd.allocate(1000)).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    @Test
    void allocate_withoutALimit_refusesWhatNoSizeClassHolds() {
        TensorMemory boundless = new TensorMemory(Long.MAX_VALUE, 0);
        assertThatThrownBy(() -> boundless.allocate(Long.MAX_VALUE)).isInstanceOf(InferenceException.class);
        assertThat(boundless.bytesInUse()).isZero();
    }

    @Test
    void allocate_besideRequestsThatAreRefused_isNeverRefusedForTheirs() throws Exception {
        TensorMemory tight = new TensorMemory(4 * MIB, 4 * MIB);
        TensorBuffer held = tight.allocate(2 * MIB);
        Race.run(2, thread -> {
            for (int i = 0; i < 20_000; i++) {
                if (thread == 0) {
                    tight.allocate(2 * MIB).release();
                } else {
                    assertThatThrownBy(() -> tight.allocate(3 * MIB)).isInstanceOf(InferenceException.class);
                }
            }
        });
        held.release();
        assertThat(tight.bytesInUse()).isZero();
    }

    // Where it comes from

    /** A source that has only so many blocks, and knows which of them are out. */
    private static final class Blocks implements NativeMemory {
        private final Set<MemorySegment> out = ConcurrentHashMap.newKeySet();
        private final int most;

        Blocks(int most) {
            this.most = most;
        }

        @Override
        public MemorySegment allocate(long byteSize, long byteAlignment) {
            if (out.size() == most) {
                throw new OutOfMemoryError("no more than " + most);
            }
            MemorySegment block = Arena.ofAuto().allocate(byteSize, byteAlignment);
            out.add(block);
            return block;
        }

        @Override
        public void free(MemorySegment block) {
            assertThat(out.remove(block)).isTrue();
        }
    }

    @Test
    void allocate_sourceHasNoMore_trimsThenFailsUnavailable() throws Exception {
        Blocks blocks = new Blocks(2);
        TensorMemory scarce = new TensorMemory(64 * MIB, 16 * MIB, blocks);
        TensorBuffer held = scarce.allocate(1000);
        scarce.allocate(5000).release();
        TensorBuffer other = scarce.allocate(9000);
        assertThat(scarce.pooledBytes()).isZero();
        long before = scarce.bytesInUse();
        assertThatThrownBy(() -> scarce.allocate(100)).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        assertThat(scarce.bytesInUse()).isEqualTo(before);
        held.release();
        other.release();
        scarce.close();
        assertThat(blocks.out).isEmpty();
    }

    @Test
    void checkedMemory_freedTwice_isRefused() {
        MemorySegment block = NativeMemory.CHECKED.allocate(256, 64);
        NativeMemory.CHECKED.free(block);
        assertThatThrownBy(() -> NativeMemory.CHECKED.free(block)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> block.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    // The pool

    @Test
    void release_overThePoolsLimit_givesBackToTheSystem() throws Exception {
        List<TensorBuffer> buffers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            buffers.add(memory.allocate(MIB));
        }
        assertThat(memory.bytesInUse()).isEqualTo(20 * MIB);
        buffers.forEach(TensorBuffer::release);
        assertThat(memory.bytesInUse()).isZero();
        assertThat(memory.pooledBytes()).isEqualTo(16 * MIB);
    }

    @Test
    void trim_givesBackAllThatIsReleasedAndNothingThatIsHeld() throws Exception {
        TensorBuffer held = memory.allocate(1000);
        memory.allocate(5000).release();
        memory.trim();
        assertThat(memory.pooledBytes()).isZero();
        held.segment().fill((byte) 1);
        held.release();
        assertThat(memory.pooledBytes()).isEqualTo(1024);
    }

    @Test
    void close_bufferStillHeld_staysReadableUntilItsReleaseAndIsNotPooled() throws Exception {
        TensorBuffer held = memory.allocate(1000);
        memory.allocate(1000).release();
        memory.close();
        assertThat(memory.pooledBytes()).isZero();
        held.segment().fill((byte) 3);
        held.release();
        assertThat(memory.pooledBytes()).isZero();
        assertThat(memory.bytesInUse()).isZero();
        assertThatThrownBy(() -> held.segment().fill((byte) 3)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void close_whileOthersRelease_leavesNothingInThePool() throws Exception {
        for (int round = 0; round < 200; round++) {
            TensorMemory closing = new TensorMemory(MIB, MIB);
            List<TensorBuffer> buffers = List.of(closing.allocate(256), closing.allocate(600), closing.allocate(256));
            Race.run(4, thread -> {
                if (thread == 3) {
                    closing.close();
                } else {
                    buffers.get(thread).release();
                }
            });
            assertThat(closing.pooledBytes()).isZero();
            assertThat(closing.bytesInUse()).isZero();
        }
    }

    // References

    @Test
    void release_asOftenAsRetained_givesBackWithTheLast() throws Exception {
        TensorBuffer buffer = memory.allocate(100).retain(2);
        buffer.release();
        buffer.release();
        assertThat(memory.bytesInUse()).isEqualTo(256);
        buffer.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void release_theLast_alsoReleasesWhatGoesWithTheMemory_onceAndAfterIt() throws Exception {
        AtomicInteger released = new AtomicInteger();
        TensorBuffer buffer = memory.allocate(100).with(() -> {
            assertThat(memory.bytesInUse()).isZero();
            released.incrementAndGet();
        }).retain(1);
        buffer.release();
        assertThat(released).hasValue(0);
        buffer.release();
        assertThat(released).hasValue(1);
    }

    @Test
    void release_twice_throwsAndLeavesTheNextUserOfTheMemoryAlone() throws Exception {
        TensorBuffer first = memory.allocate(100);
        first.release();
        TensorBuffer second = memory.allocate(100);
        assertThat(second.segment().address()).isEqualTo(first.segment().address());
        assertThatThrownBy(first::release).isInstanceOf(IllegalStateException.class);
        assertThat(memory.bytesInUse()).isEqualTo(256);
        assertThat(memory.pooledBytes()).isZero();
        second.release();
    }

    @Test
    void retain_afterTheLastRelease_throwsAndRevivesNothing() throws Exception {
        TensorBuffer buffer = memory.allocate(100);
        buffer.release();
        assertThatThrownBy(() -> buffer.retain(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void release_byManyThreadsAtOnce_givesBackExactlyOnce() throws Exception {
        for (int round = 0; round < 500; round++) {
            TensorBuffer buffer = memory.allocate(1000).retain(3);
            Race.run(4, _ -> buffer.release());
            assertThat(memory.bytesInUse()).isZero();
            assertThat(memory.pooledBytes()).isEqualTo(1024);
        }
    }

    @Test
    void release_moreThreadsThanReferences_failsForExactlyTheSurplus() throws Exception {
        for (int round = 0; round < 500; round++) {
            TensorBuffer buffer = memory.allocate(1000).retain(1);
            AtomicInteger refused = new AtomicInteger();
            Race.run(4, _ -> {
                try {
                    buffer.release();
                } catch (IllegalStateException e) {
                    refused.incrementAndGet();
                }
            });
            assertThat(refused).hasValue(2);
            assertThat(memory.bytesInUse()).isZero();
            assertThat(memory.pooledBytes()).isEqualTo(1024);
        }
    }

    @Test
    void allocateAndRelease_byManyThreads_neverGivesMemoryToTwo() throws Exception {
        TensorMemory shared = new TensorMemory(64 * MIB, MIB);
        Race.run(4, thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < 5_000; i++) {
                int size = 8 + random.nextInt(4_000);
                TensorBuffer buffer = shared.allocate(size);
                long mark = ((long) thread << 32) | i;
                buffer.segment().set(ValueLayout.JAVA_LONG, 0, mark);
                buffer.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, size - 8, mark);
                if ((i & 15) == 0) {
                    shared.trim();
                }
                assertThat(buffer.segment().get(ValueLayout.JAVA_LONG, 0) == mark
                        || size < 16).isTrue();
                assertThat(buffer.segment().get(ValueLayout.JAVA_LONG_UNALIGNED, size - 8)).isEqualTo(mark);
                buffer.release();
            }
        });
        assertThat(shared.bytesInUse()).isZero();
        shared.trim();
        assertThat(shared.pooledBytes()).isZero();
    }
}
