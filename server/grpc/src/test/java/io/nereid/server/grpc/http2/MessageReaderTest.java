package io.nereid.server.grpc.http2;

import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class MessageReaderTest {
    private static final int MOST_BYTES = 100_000;

    private final List<byte[]> received = new ArrayList<>();
    private final List<Status> failures = new ArrayList<>();
    private final List<Integer> announced = new ArrayList<>();
    private long wireBytes;
    private int ends;
    private int wantedMore;
    private final MessageReader reader = new MessageReader(new Receiver(), new Tracer(), MOST_BYTES);

    private final class Receiver implements MessageReader.Receiver {
        @Override
        public void message(ReceivedBuffers bytes, boolean compressed) {
            byte[] message = new byte[bytes.available()];
            for (int at = 0; at < message.length;) {
                at += bytes.read(message, at, message.length - at);
            }
            received.add(message);
            if (wantedMore-- > 0) {
                reader.request(1);
            }
        }

        @Override
        public void halfClosed() {
            ends++;
        }

        @Override
        public void failed(Status status) {
            failures.add(status);
        }
    }

    private final class Tracer extends ServerStreamTracer {
        @Override
        public void inboundMessage(int number) {
            announced.add(number);
        }

        @Override
        public void inboundWireSize(long bytes) {
            wireBytes += bytes;
        }
    }

    private static ByteBuf message(byte... data) {
        return Unpooled.buffer().writeByte(0).writeInt(data.length).writeBytes(data);
    }

    private int add(ByteBuf bytes, boolean last) {
        int taken = reader.add(bytes, last);
        bytes.release();
        return taken;
    }

    @Test
    void messages_cutAnywhere_areTheSame() {
        Random random = new Random(20261201);
        List<byte[]> sent = new ArrayList<>();
        ByteBuf all = Unpooled.buffer();
        for (int i = 0; i < 200; i++) {
            byte[] data = new byte[random.nextInt(random.nextBoolean() ? 4 : 3_000)];
            random.nextBytes(data);
            sent.add(data);
            all.writeBytes(message(data));
        }
        reader.request(1);
        wantedMore = sent.size();
        int taken = 0;
        int bytes = all.readableBytes();
        while (all.isReadable()) {
            int part = Math.min(all.readableBytes(), 1 + random.nextInt(random.nextBoolean() ? 7 : 5_000));
            taken += add(all.readRetainedSlice(part), part == all.readableBytes());
        }
        assertThat(taken).isEqualTo(bytes);
        assertThat(received).usingRecursiveComparison().isEqualTo(sent);
        assertThat(wireBytes).isEqualTo(bytes - 5L * sent.size());
        assertThat(announced).hasSize(sent.size());
        assertThat(all.release()).as("nothing of it is held").isTrue();
    }

    @Test
    void message_thatNobodyWants_waitsAndIsNotTaken() {
        assertThat(add(message((byte) 1, (byte) 2), true)).isZero();
        assertThat(reader.waitingBytes()).isEqualTo(7);
        assertThat(ends).isZero();
        assertThat(reader.request(1)).isEqualTo(7);
        assertThat(received).containsExactly(new byte[]{1, 2});
        assertThat(ends).isOne();
        assertThat(reader.waitingBytes()).isZero();
    }

    @Test
    void partOfAMessage_thatIsWanted_isTakenAsItComes() {
        reader.request(1);
        ByteBuf whole = message(new byte[1_000]);
        assertThat(add(whole.readRetainedSlice(300), false)).isEqualTo(300);
        assertThat(wireBytes).isEqualTo(295);
        assertThat(add(whole.readRetainedSlice(705), false)).isEqualTo(705);
        assertThat(received).hasSize(1);
        whole.release();
    }

    @Test
    void message_longerThanAllowed_failsAsSoonAsItIsAnnounced() {
        reader.request(1);
        add(Unpooled.buffer().writeByte(0).writeInt(MOST_BYTES + 1), false);
        assertThat(failures).singleElement().satisfies(status -> {
            assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(status.getDescription()).isEqualTo("gRPC message exceeds maximum size 100000: 100001");
        });
        assertThat(add(message((byte) 1), true)).as("what comes later is dropped").isEqualTo(6);
        assertThat(received).isEmpty();
        assertThat(ends).isZero();
    }

    @Test
    void head_withBitsThatMeanNothing_fails() {
        reader.request(1);
        add(Unpooled.buffer().writeByte(2).writeInt(1), false);
        assertThat(failures).singleElement()
                .satisfies(status -> assertThat(status.getCode()).isEqualTo(Status.Code.INTERNAL));
    }

    @Test
    void end_inTheMiddleOfAMessage_fails() {
        reader.request(1);
        ByteBuf whole = message(new byte[10]);
        add(whole.readRetainedSlice(8), true);
        whole.release();
        assertThat(failures).singleElement()
                .satisfies(status -> assertThat(status.getDescription()).contains("mid-frame"));
        assertThat(ends).isZero();
    }

    @Test
    void close_releasesWhatWaitsAndWhatHasBegun() {
        ByteBuf waits = message((byte) 1);
        reader.add(waits, false);
        reader.close();
        assertThat(waits.refCnt()).isOne();
        assertThat(reader.waitingBytes()).isZero();
        assertThat(waits.release()).isTrue();
        MessageReader other = new MessageReader(new Receiver(), new Tracer(), MOST_BYTES);
        other.request(1);
        ByteBuf began = Unpooled.buffer().writeByte(0).writeInt(9).writeByte(1);
        other.add(began, false);
        other.close();
        assertThat(began.release()).isTrue();
    }
}
