package io.nereid.server.grpc;

import com.google.protobuf.ByteString;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.nereid.inference.Await;
import io.nereid.server.grpc.proto.ModelInferRequest;
import io.nereid.server.grpc.proto.ModelInferResponse;
import io.nereid.server.grpc.proto.ModelStreamInferResponse;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/** Streams that are opened and cancelled at random points leave nothing behind. */
class CancelStormTest {
    private static final long SEED = 20261123;
    /** The build takes samples of what {@code mvn -Plong verify} goes through. */
    private static final boolean LONG = Boolean.getBoolean("nereid.tests.long");
    private static final int STREAMS = LONG ? 10_000 : 2_000;
    private static final int AT_ONCE = 64;

    @TempDir
    private Path folder;

    @Test
    void streams_cancelledAnywhere_leaveNoRequestBufferOrThread() throws Exception {
        TestRepository repository = new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "-1", "")
                .withIdentity("batched", "TYPE_UINT8", "-1", "dynamic_batching { max_queue_delay_microseconds: 500 }")
                .withIdentity("slow", "TYPE_UINT8", "-1",
                        "parameters { key: \"execute_delay_ms\" value { string_value: \"2\" } }")
                .withModel("repeat", """
                        backend: "repeat"
                        max_batch_size: 0
                        model_transaction_policy { decoupled: true }
                        input { name: "IN" data_type: TYPE_INT32 dims: [ -1 ] }
                        input { name: "DELAY" data_type: TYPE_UINT32 dims: [ -1 ] }
                        input { name: "WAIT" data_type: TYPE_UINT32 dims: [ 1 ] }
                        output { name: "OUT" data_type: TYPE_INT32 dims: [ 1 ] }
                        output { name: "IDX" data_type: TYPE_UINT32 dims: [ 1 ] }
                        """);
        try (GrpcServer server = new GrpcServer(repository)) {
            server.infer(GrpcServer.request("echo", "", (byte) 1));
            storm(server, 200); // what is made once, as threads and pools, is there now
            server.awaitNothingInFlight();
            Set<String> threads = threads();
            long sent = storm(server, STREAMS);
            server.awaitNothingInFlight();
            assertThat(sent).isGreaterThan(STREAMS / 2);
            Await.until(() -> threads.containsAll(threads()));
            ModelInferResponse last = server.infer(GrpcServer.request("batched", "alive", (byte) 5));
            assertThat(last.getId()).isEqualTo("alive");
        }
    }

    /** Opens that many streams, at most {@link #AT_ONCE} at a time, and returns how many requests it sent. */
    private static long storm(GrpcServer server, int streams) throws InterruptedException {
        Random random = new Random(SEED);
        Semaphore open = new Semaphore(AT_ONCE);
        long sent = 0;
        for (int i = 0; i < streams; i++) {
            assertThat(open.tryAcquire(60, TimeUnit.SECONDS)).as("stream %d of seed %d ends", i, SEED).isTrue();
            ClientCall<ModelInferRequest, ModelStreamInferResponse> call = server.newStream();
            Stormy listener = new Stormy(call, open, random.nextInt(4));
            call.start(listener, new Metadata());
            call.request(1);
            int requests = random.nextInt(5);
            for (int r = 0; r < requests; r++) {
                call.sendMessage(request(random));
                sent++;
            }
            switch (random.nextInt(4)) {
                case 0 -> call.cancel("at once", null);
                case 1 -> call.halfClose();
                case 2 -> {
                    call.halfClose();
                    call.cancel("after the last request", null);
                }
                default -> listener.cancelLater();
            }
        }
        assertThat(open.tryAcquire(AT_ONCE, 60, TimeUnit.SECONDS)).as("all streams of seed %d end", SEED).isTrue();
        return sent;
    }

    private static ModelInferRequest request(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> GrpcServer.request("echo", "", new byte[1 + random.nextInt(100_000)]);
            case 1 -> GrpcServer.request("batched", "", (byte) 1);
            case 2 -> GrpcServer.request("slow", "", (byte) 1);
            case 3 -> GrpcServer.request("none", "", (byte) 1);
            case 4 -> GrpcServer.request("echo", "").toBuilder().clearRawInputContents().build();
            default -> repeat(1 + random.nextInt(20), random.nextInt(3));
        };
    }

    private static ModelInferRequest repeat(int responses, int delayMillis) {
        ByteBuffer in = ByteBuffer.allocate(responses * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer delay = ByteBuffer.allocate(responses * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < responses; i++) {
            in.putInt(i);
            delay.putInt(delayMillis);
        }
        return ModelInferRequest.newBuilder().setModelName("repeat").addInputs(input("IN", "INT32", responses))
                .addInputs(input("DELAY", "UINT32", responses)).addInputs(input("WAIT", "UINT32", 1))
                .addRawInputContents(ByteString.copyFrom(in.flip()))
                .addRawInputContents(ByteString.copyFrom(delay.flip()))
                .addRawInputContents(ByteString.copyFrom(new byte[Integer.BYTES])).build();
    }

    private static ModelInferRequest.InferInputTensor.Builder input(String name, String datatype, long elements) {
        return ModelInferRequest.InferInputTensor.newBuilder().setName(name).setDatatype(datatype).addShape(elements);
    }

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> !name.startsWith("codec-") && !name.startsWith("ForkJoinPool")
                        && !name.startsWith("grpc-default-") && !name.startsWith("VirtualThread"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Takes some responses, then cancels if it is to, or takes the rest. */
    private static final class Stormy extends ClientCall.Listener<ModelStreamInferResponse> {
        private final ClientCall<ModelInferRequest, ModelStreamInferResponse> call;
        private final Semaphore open;
        private int responsesUntilCancel;
        private volatile boolean cancels;

        Stormy(ClientCall<ModelInferRequest, ModelStreamInferResponse> call, Semaphore open, int responsesUntilCancel) {
            this.call = call;
            this.open = open;
            this.responsesUntilCancel = responsesUntilCancel;
        }

        void cancelLater() {
            cancels = true;
            call.halfClose();
        }

        @Override
        public void onMessage(ModelStreamInferResponse response) {
            if (cancels && responsesUntilCancel-- <= 0) {
                call.cancel("in the middle", null);
            } else {
                call.request(1);
            }
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            open.release();
        }
    }
}
