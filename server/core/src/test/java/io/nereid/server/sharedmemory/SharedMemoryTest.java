package io.nereid.server.sharedmemory;

import io.nereid.backend.device.CaptureLock;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.OutputPlace;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.OutputTarget;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
final class SharedMemoryTest {
    private static final String DISABLED = "Client shared memory is disabled. Start the server with"
            + " '--allow-client-shm=true' to enable.";

    private final TensorMemory memory = new PoisonedMemory(1L << 30, 1L << 20);
    private final FakeGpu gpu = new FakeGpu();
    private final SharedMemory shared = new SharedMemory(true, gpu);

    @AfterEach
    void close() {
        shared.close();
        memory.close();
        assertThat(memory.bytesInUse()).as("tensor memory").isZero();
        assertThat(TestObject.openDescriptors()).as("descriptors").isZero();
        assertThat(gpu.open).as("pieces of GPU memory").hasValue(0);
    }

    private static void assertFails(ErrorCode code, String text, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.text()).isEqualTo(text);
            assertThat(e.code()).isEqualTo(code);
        });
    }

    private byte[] read(String region, long offset, long byteSize) throws InferenceException {
        TensorBuffer buffer = shared.read(region, offset, byteSize, InputMemory.of(memory));
        byte[] bytes = buffer.segment().toArray(ValueLayout.JAVA_BYTE);
        buffer.release();
        return bytes;
    }

    private static void write(OutputTarget target, String output, byte... bytes) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            target.write(output, arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes));
        }
    }

    // Registering

    @Test
    void registerSystem_partOfObject_isListed() throws InferenceException {
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("b", object.key(), 0, 8);
            shared.registerSystem("a", object.key(), 3, 5);
            assertThat(shared.system("")).containsExactly(new SystemRegion("a", object.key(), 3, 5),
                    new SystemRegion("b", object.key(), 0, 8));
            assertThat(shared.system("a")).containsExactly(new SystemRegion("a", object.key(), 3, 5));
            assertThat(shared.cuda("")).isEmpty();
        }
    }

    @Test
    void registerSystem_keyWithoutSlash_isTheSameObject() throws InferenceException {
        try (TestObject object = TestObject.of((byte) 1, (byte) 2)) {
            String bare = object.key().substring(1);
            shared.registerSystem("r", bare, 0, 2);
            shared.registerSystem("s", "//" + bare, 0, 2);
            assertThat(read("r", 0, 2)).containsExactly(1, 2);
            assertThat(read("s", 0, 2)).containsExactly(1, 2);
            assertThat(shared.system("r").getFirst().key()).isEqualTo(bare);
        }
    }

    @Test
    void registerSystem_nameTaken_alreadyExists() throws InferenceException {
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("r", object.key(), 0, 8);
            assertFails(ErrorCode.ALREADY_EXISTS, "shared memory region 'r' already in manager",
                    () -> shared.registerSystem("r", object.key(), 0, 4));
            assertFails(ErrorCode.ALREADY_EXISTS, "shared memory region 'r' already in manager",
                    () -> shared.registerCuda("r", FakeGpu.handle(1), 0, 4));
            assertThat(TestObject.openDescriptors()).isEqualTo(1);
        }
    }

    @Test
    void registerSystem_noObject_internal() {
        assertFails(ErrorCode.INTERNAL,
                "Unable to open shared memory region: '/nereid-test-none' (No such file or directory)",
                () -> shared.registerSystem("r", "/nereid-test-none", 0, 8));
    }

    @ParameterizedTest
    @CsvSource({"0, 9", "1, 8", "8, 1", "9, 0", "0, 0", "4, 0", "-1, 4", "0, -1", "-8, 8", "8, -8",
            "9223372036854775807, 1", "1, 9223372036854775807"})
    void registerSystem_notWithinObject_invalid(long offset, long byteSize) {
        try (TestObject object = new TestObject(8)) {
            assertThatThrownBy(() -> shared.registerSystem("r", object.key(), offset, byteSize))
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                    .hasMessageStartingWith("failed to register shared memory region 'r': invalid args")
                    .hasMessageContaining(Long.toUnsignedString(byteSize));
            assertThat(TestObject.openDescriptors()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "///", "/a/b", "a/", "/../shm/a", ".", "/..", "a\0b"})
    void registerSystem_keyThatNoObjectCanHave_cannotBeOpened(String key) {
        assertFails(ErrorCode.INTERNAL, "Unable to open shared memory region: '" + key
                + "' (expected a name of at least one character, without '/' but at its beginning)",
                () -> shared.registerSystem("r", key, 0, 8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"triton_python_backend_shm_region_", "/triton_python_backend_shm_region_1",
            "//triton_python_backend_shm_region_1"})
    void registerSystem_keyOfThePythonBackend_invalid(String key) {
        assertFails(ErrorCode.INVALID_ARG, "cannot register shared memory region 'r' with key '" + key
                + "' as the key contains the reserved prefix 'triton_python_backend_shm_region_'",
                () -> shared.registerSystem("r", key, 0, 8));
    }

    @Test
    void register_noName_invalid() {
        assertFails(ErrorCode.INVALID_ARG, "'region name' is necessary to register system shared memory region",
                () -> shared.registerSystem("", "/k", 0, 8));
        assertFails(ErrorCode.INVALID_ARG, "'region name' is necessary to register cuda shared memory region",
                () -> shared.registerCuda("", FakeGpu.handle(1), 0, 8));
        assertFails(ErrorCode.INVALID_ARG,
                "name of shared memory region: got 1025 characters (expected at most 1024)",
                () -> shared.registerSystem("x".repeat(1025), "/k", 0, 8));
    }

    @Test
    void register_tooMany_unavailable() throws InferenceException {
        gpu.allocate(1, 8);
        for (int i = 0; i < SharedMemory.MAX_REGIONS; i++) {
            shared.registerCuda("r" + i, FakeGpu.handle(1), 0, 8);
        }
        assertThatThrownBy(() -> shared.registerCuda("more", FakeGpu.handle(1), 0, 8))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .hasMessageContaining("too many shared memory regions");
        shared.unregisterCuda("r7");
        shared.registerCuda("more", FakeGpu.handle(1), 0, 8);
    }

    @Test
    void register_clientsNotAllowed_unsupported() throws InferenceException {
        try (SharedMemory off = new SharedMemory(false, gpu)) {
            assertFails(ErrorCode.UNSUPPORTED, DISABLED, () -> off.registerSystem("r", "/k", 0, 8));
            assertFails(ErrorCode.UNSUPPORTED, DISABLED, () -> off.registerCuda("r", FakeGpu.handle(1), 0, 8));
            assertFails(ErrorCode.UNSUPPORTED, DISABLED, () -> off.unregisterSystem("r"));
            assertFails(ErrorCode.UNSUPPORTED, DISABLED, () -> off.unregisterSystem(""));
            assertFails(ErrorCode.UNSUPPORTED, DISABLED, () -> off.unregisterCuda(""));
            assertThat(off.system("")).isEmpty();
            assertThat(off.cuda("")).isEmpty();
            assertFails(ErrorCode.NOT_FOUND, "Unable to find shared memory region: 'r'",
                    () -> off.read("r", 0, 8, InputMemory.of(memory)));
        }
    }

    @Test
    void registerCuda_noDriver_saysSo() {
        try (SharedMemory bare = new SharedMemory(true,
                new DriverCudaMemories("libno-such-driver.so.1", new CaptureLock()))) {
            assertFails(ErrorCode.INVALID_ARG,
                    "failed to register CUDA shared memory region: 'r', GPUs not supported",
                    () -> bare.registerCuda("r", new byte[64], 0, 8));
            assertFails(ErrorCode.INVALID_ARG,
                    "failed to register CUDA shared memory region: 'r', GPUs not supported",
                    () -> bare.registerCuda("r", new byte[1], -1, -1));
        }
    }

    // Listing

    @Test
    void system_unknown_notFound() {
        assertFails(ErrorCode.NOT_FOUND, "Unable to find system shared memory region: 'r'", () -> shared.system("r"));
        assertFails(ErrorCode.NOT_FOUND, "Unable to find cuda shared memory region: 'r'", () -> shared.cuda("r"));
    }

    @Test
    void system_nameOfTheOtherKind_notFoundAndSaysWhy() throws InferenceException {
        gpu.allocate(1, 8);
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("s", object.key(), 0, 8);
            shared.registerCuda("c", FakeGpu.handle(1), 2, 8);
            assertThat(shared.cuda("c")).containsExactly(new CudaRegion("c", 2, 8));
            assertFails(ErrorCode.NOT_FOUND,
                    "The region named 'c' is registered as CUDA shared memory, not system shared memory",
                    () -> shared.system("c"));
            assertFails(ErrorCode.NOT_FOUND,
                    "The region named 's' is registered as system shared memory, not CUDA shared memory",
                    () -> shared.cuda("s"));
        }
    }

    // Reading

    @Test
    void read_ownerWritesAfterwards_isWhatWasRead() throws InferenceException {
        try (TestObject object = TestObject.of((byte) 1, (byte) 2)) {
            shared.registerSystem("r", object.key(), 0, 2);
            TensorBuffer buffer = shared.read("r", 0, 2, InputMemory.of(memory));
            object.write(0, (byte) 9, (byte) 9);
            assertThat(buffer.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2);
            buffer.release();
        }
    }

    @Test
    void read_offsets_countFromTheRegion() throws InferenceException {
        try (TestObject object = TestObject.of((byte) 0, (byte) 1, (byte) 2, (byte) 3, (byte) 4)) {
            shared.registerSystem("r", object.key(), 1, 4);
            assertThat(read("r", 0, 4)).containsExactly(1, 2, 3, 4);
            assertThat(read("r", 2, 1)).containsExactly(3);
            assertThat(read("r", 2, 0)).isEmpty();
            assertThat(read("r", 4, 0)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 1, Invalid offset for shared memory region: 'r'",
            "5, 0, Invalid offset for shared memory region: 'r'",
            "-1, 0, Invalid offset for shared memory region: 'r'",
            "-1, 2, Invalid offset for shared memory region: 'r'",
            "0, 5, Invalid offset + byte size for shared memory region: 'r'",
            "3, 2, Invalid offset + byte size for shared memory region: 'r'",
            "0, -1, Invalid offset + byte size for shared memory region: 'r'",
            "1, 9223372036854775807, Invalid offset + byte size for shared memory region: 'r'",
            "3, -2, Integer overflow detected: byte_size (18446744073709551614) + offset (3) exceeds maximum value (18446744073709551615) for region 'r'"})
    void read_notWithinRegion_invalid(long offset, long byteSize, String text) throws InferenceException {
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("r", object.key(), 2, 4);
            assertFails(ErrorCode.INVALID_ARG, text, () -> shared.read("r", offset, byteSize, InputMemory.of(memory)));
            assertFails(ErrorCode.INVALID_ARG, text, () -> shared.target("r", offset, byteSize));
        }
    }

    @Test
    void read_unknown_notFound() {
        assertFails(ErrorCode.NOT_FOUND, "Unable to find shared memory region: 'r'",
                () -> shared.read("r", 0, 1, InputMemory.of(memory)));
        assertFails(ErrorCode.NOT_FOUND, "Unable to find shared memory region: 'r'", () -> shared.target("r", 0, 1));
    }

    @Test
    void read_ownerTruncated_invalidAndTheRestIsStillThere() throws InferenceException {
        try (TestObject object = TestObject.of((byte) 1, (byte) 2, (byte) 3, (byte) 4)) {
            shared.registerSystem("r", object.key(), 1, 3);
            object.truncate(3);
            assertFails(ErrorCode.INVALID_ARG,
                    "shared memory region 'r' has shrunk: got 2 bytes at offset 0 (expected 3);"
                            + " its owner must not truncate '" + object.key() + "' while it is registered",
                    () -> shared.read("r", 0, 3, InputMemory.of(memory)));
            assertThat(read("r", 0, 2)).containsExactly(2, 3);
        }
    }

    @Test
    void read_ownerGrowsAgain_isWhole() throws InferenceException {
        try (TestObject object = new TestObject(4)) {
            shared.registerSystem("r", object.key(), 0, 4);
            object.truncate(1);
            object.write(0, (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5);
            assertThat(read("r", 0, 4)).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void read_ownerTruncatesAllTheTime_isWholeOrAnError() throws Exception {
        int byteSize = 1 << 20;
        try (TestObject object = new TestObject(byteSize)) {
            shared.registerSystem("r", object.key(), 0, byteSize);
            Thread owner = Thread.ofPlatform().start(() -> {
                byte[] whole = new byte[byteSize];
                for (int i = 0; i < 200; i++) {
                    object.truncate(i * 4000L);
                    object.write(0, whole);
                }
            });
            while (owner.isAlive()) {
                readOrFail(byteSize);
            }
            owner.join();
            assertThat(read("r", 0, byteSize)).hasSize(byteSize);
        }
    }

    private void readOrFail(int byteSize) {
        try {
            shared.read("r", 0, byteSize, InputMemory.of(memory)).release();
        } catch (InferenceException e) {
            assertThat(e.text()).contains("has shrunk");
        }
    }

    @Test
    void read_afterTheName_isTheObjectThatWasRegistered() throws InferenceException {
        try (TestObject object = TestObject.of((byte) 7)) {
            shared.registerSystem("r", object.key(), 0, 1);
            object.unlink();
            assertThat(read("r", 0, 1)).containsExactly(7);
        }
    }

    // Writing

    @Test
    void target_written_isSeenByOwner() throws InferenceException {
        try (TestObject object = new TestObject(6)) {
            shared.registerSystem("r", object.key(), 1, 5);
            OutputTarget target = shared.target("r", 2, 3);
            write(target, "OUT", (byte) 8, (byte) 9);
            target.release();
            assertThat(object.content()).containsExactly(0, 0, 0, 8, 9, 0);
        }
    }

    @Test
    void target_tooSmall_internal() throws InferenceException {
        try (TestObject object = new TestObject(6)) {
            shared.registerSystem("r", object.key(), 0, 6);
            OutputTarget target = shared.target("r", 0, 3);
            assertFails(ErrorCode.INTERNAL, "shared memory size specified with the request for output 'OUT' (3 bytes)"
                    + " should be at least 4 bytes to hold the results", () -> write(target, "OUT", new byte[4]));
            target.release();
            assertThat(object.content()).containsOnly(0);
        }
    }

    @Test
    void target_ownerTruncated_invalidAndDoesNotGrow() throws InferenceException {
        try (TestObject object = new TestObject(6)) {
            shared.registerSystem("r", object.key(), 0, 6);
            OutputTarget target = shared.target("r", 0, 6);
            object.truncate(4);
            assertFails(ErrorCode.INVALID_ARG,
                    "shared memory region 'r' has shrunk: got 4 bytes at offset 0 (expected 6);"
                            + " its owner must not truncate '" + object.key() + "' while it is registered",
                    () -> write(target, "OUT", new byte[6]));
            object.truncate(0);
            assertThatThrownBy(() -> write(target, "OUT", new byte[1])).hasMessageContaining("got 0 bytes");
            target.release();
            assertThat(object.content()).isEmpty();
        }
    }

    @Test
    void target_regionThatCanOnlyBeRead_invalid() throws InferenceException {
        FakeGpu readOnly = new FakeGpu(false);
        readOnly.allocate(1, 8);
        try (SharedMemory other = new SharedMemory(true, readOnly)) {
            other.registerCuda("r", FakeGpu.handle(1), 0, 8);
            assertFails(ErrorCode.INVALID_ARG, "shared memory region 'r' is read-only and can take no output:"
                    + " let the server's user write to its object", () -> other.target("r", 0, 8));
        }
        assertThat(readOnly.open).hasValue(0);
    }

    @Test
    void registerSystem_objectThatCanOnlyBeRead_isReadAndTakesNoOutput() throws Exception {
        Assumptions.assumeFalse("root".equals(System.getProperty("user.name")), "root may write everywhere");
        try (TestObject object = TestObject.of((byte) 1)) {
            Files.setPosixFilePermissions(object.file(), PosixFilePermissions.fromString("r--r--r--"));
            shared.registerSystem("r", object.key(), 0, 1);
            assertThat(read("r", 0, 1)).containsExactly(1);
            assertThatThrownBy(() -> shared.target("r", 0, 1)).hasMessageContaining("is read-only");
        }
    }

    // Unregistering

    @Test
    void unregister_namesAndKinds_onlyThoseGo() throws InferenceException {
        gpu.allocate(1, 8);
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("a", object.key(), 0, 8);
            shared.registerSystem("b", object.key(), 0, 8);
            shared.registerCuda("c", FakeGpu.handle(1), 0, 8);
            shared.unregisterSystem("a");
            shared.unregisterSystem("c");
            shared.unregisterSystem("unknown");
            shared.unregisterCuda("b");
            assertThat(shared.system("")).extracting(SystemRegion::name).containsExactly("b");
            assertThat(shared.cuda("")).extracting(CudaRegion::name).containsExactly("c");
            assertThat(TestObject.openDescriptors()).isEqualTo(1);
            shared.unregisterSystem("");
            assertThat(shared.system("")).isEmpty();
            assertThat(shared.cuda("")).hasSize(1);
            assertThat(TestObject.openDescriptors()).isZero();
            shared.unregisterCuda("");
            assertThat(gpu.open).hasValue(0);
        }
    }

    @Test
    void unregister_heldByRequests_closesWhenTheLastLetsGo() throws InferenceException {
        try (TestObject first = new TestObject(1); TestObject second = new TestObject(1)) {
            shared.registerSystem("r", first.key(), 0, 1);
            OutputTarget one = shared.target("r", 0, 1);
            OutputTarget other = shared.target("r", 0, 1);
            shared.unregisterSystem("r");
            assertThat(shared.system("")).isEmpty();
            shared.registerSystem("r", second.key(), 0, 1);
            write(one, "OUT", (byte) 5);
            one.release();
            assertThat(TestObject.openDescriptors()).isEqualTo(2);
            write(other, "OUT", (byte) 6);
            other.release();
            assertThat(TestObject.openDescriptors()).isEqualTo(1);
            assertThat(first.content()).containsExactly(6);
            assertThat(second.content()).containsExactly(0);
        }
    }

    @Test
    void close_heldByRequests_closesWhenTheLastLetsGo() throws InferenceException {
        try (TestObject object = new TestObject(1)) {
            shared.registerSystem("r", object.key(), 0, 1);
            OutputTarget target = shared.target("r", 0, 1);
            shared.close();
            write(target, "OUT", (byte) 5);
            assertThat(object.content()).containsExactly(5);
            target.release();
            assertThat(TestObject.openDescriptors()).isZero();
            shared.registerSystem("late", object.key(), 0, 1);
            assertThat(TestObject.openDescriptors()).isZero();
        }
    }

    @Test
    void release_twice_isADefect() throws InferenceException {
        gpu.allocate(1, 8);
        shared.registerCuda("r", FakeGpu.handle(1), 0, 8);
        OutputTarget target = shared.target("r", 0, 8);
        shared.unregisterCuda("r");
        target.release();
        assertThatThrownBy(target::release).isInstanceOf(IllegalStateException.class);
    }

    // CUDA

    @Test
    void cuda_registered_isReadAndWritten() throws InferenceException {
        MemorySegment piece = gpu.allocate(3, 8);
        piece.asByteBuffer().put(new byte[]{1, 2, 3, 4, 5, 6, 7, 8});
        shared.registerCuda("r", FakeGpu.handle(3), 0, 6);
        assertThat(read("r", 2, 4)).containsExactly(3, 4, 5, 6);
        OutputTarget target = shared.target("r", 4, 2);
        write(target, "OUT", (byte) 9);
        target.release();
        assertThat(Arrays.copyOfRange(piece.toArray(ValueLayout.JAVA_BYTE), 3, 6)).containsExactly(4, 9, 6);
        assertFails(ErrorCode.INVALID_ARG, "Invalid offset + byte size for shared memory region: 'r'",
                () -> shared.read("r", 4, 3, InputMemory.of(memory)));
    }

    @Test
    void read_modelOnThatGpu_isTheRegionItselfHeldUntilItsRelease() throws InferenceException {
        MemorySegment piece = gpu.allocate(3, 8);
        shared.registerCuda("r", FakeGpu.handle(3), 1, 8);
        InputMemory onGpu = new InputMemory(TensorData.Kind.CUDA, 1, memory);
        TensorBuffer buffer = shared.read("r", 2, 4, onGpu);
        assertThat(buffer.data()).isEqualTo(TensorData.cuda(1, piece.address() + 2, 4));
        assertThat(memory.bytesInUse()).as("copied").isZero();
        shared.unregisterCuda("r");
        buffer.retain(1);
        buffer.release();
        assertThat(gpu.open).hasValue(1);
        buffer.release();
        assertThat(gpu.open).hasValue(0);
    }

    @Test
    void target_cudaRegion_isAPlaceThatAModelMayWrite() throws Exception {
        MemorySegment piece = gpu.allocate(3, 8);
        shared.registerCuda("r", FakeGpu.handle(3), 1, 8);
        OutputTarget target = shared.target("r", 2, 4);
        TensorData place = TensorData.cuda(1, piece.address() + 2, 4);
        assertThat(target.place()).isEqualTo(new OutputPlace.Given(place));
        assertThat(target.writesSlowly()).isTrue();
        target.release();
        try (TestObject object = new TestObject(8)) {
            shared.registerSystem("s", object.key(), 0, 8);
            OutputTarget onHost = shared.target("s", 0, 8);
            assertThat(onHost.place()).isEqualTo(OutputPlace.HOST);
            assertThat(onHost.writesSlowly()).isFalse();
            onHost.release();
        }
    }

    /** What an event loop does itself, and what it does not. */
    @Test
    void bytesToCopy_isNoneInPlaceAndMoreThanAnyWhereAGpuCopies() throws Exception {
        gpu.allocate(3, 8);
        shared.registerCuda("r", FakeGpu.handle(3), 1, 8);
        InputMemory onGpu = new InputMemory(TensorData.Kind.CUDA, 1, memory);
        assertThat(shared.bytesToCopy("r", 8, onGpu)).isZero();
        assertThat(shared.bytesToCopy("r", 8, onGpu.of(DataType.BYTES))).isEqualTo(Long.MAX_VALUE);
        assertThat(shared.bytesToCopy("r", 8, InputMemory.of(memory))).isEqualTo(Long.MAX_VALUE);
        assertThat(shared.bytesToCopy("unknown", 8, onGpu)).isEqualTo(8);
        assertThat(shared.bytesToCopy("unknown", -1, onGpu)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void read_modelOnAnotherGpuOrStrings_isCopiedOnce() throws InferenceException {
        gpu.allocate(3, 8).fill((byte) 7);
        shared.registerCuda("r", FakeGpu.handle(3), 1, 8);
        InputMemory onOther = new InputMemory(TensorData.Kind.CUDA, 0, memory);
        InputMemory onGpu = new InputMemory(TensorData.Kind.CUDA, 1, memory);
        for (InputMemory inputs : List.of(onOther, onGpu.of(DataType.BYTES))) {
            TensorBuffer buffer = shared.read("r", 2, 4, inputs);
            assertThat(buffer.kind()).isEqualTo(TensorData.Kind.POOLED);
            assertThat(buffer.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 7, 7, 7);
            buffer.release();
        }
    }

    @Test
    void read_notWithinARegionOnThatGpu_holdsNothing() throws InferenceException {
        gpu.allocate(3, 8);
        shared.registerCuda("r", FakeGpu.handle(3), 1, 8);
        assertFails(ErrorCode.INVALID_ARG, "Invalid offset + byte size for shared memory region: 'r'",
                () -> shared.read("r", 4, 5, new InputMemory(TensorData.Kind.CUDA, 1, memory)));
        shared.unregisterCuda("r");
        assertThat(gpu.open).hasValue(0);
    }
}
