package io.nereid.server.grpc;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class PayloadCounterTest {
    private final PayloadCounter counter = new PayloadCounter();
    private final EmbeddedChannel channel = new EmbeddedChannel(counter);

    private static ByteBuf frame(int type, int length) {
        return Unpooled.buffer().writeMedium(length).writeByte(type).writeByte(0).writeInt(1).writeZero(length);
    }

    @Test
    void framesButData_areNoPayload() {
        for (int type : new int[]{1, 3, 4, 6, 7, 8}) {
            channel.writeOutbound(frame(type, 100));
        }
        channel.writeOutbound(frame(0, 0));
        assertThat(counter.payloadBytes()).isZero();
        channel.writeOutbound(frame(0, 7));
        assertThat(counter.payloadBytes()).isEqualTo(7);
        channel.finishAndReleaseAll();
    }

    @Test
    void frames_cutAnywhere_areCountedTheSame() {
        Random random = new Random(5);
        long expected = 0;
        ByteBuf all = Unpooled.buffer();
        for (int i = 0; i < 500; i++) {
            int type = random.nextInt(3) == 0 ? 0 : random.nextInt(10);
            int length = random.nextInt(random.nextBoolean() ? 20 : 2000);
            expected += type == 0 ? length : 0;
            ByteBuf frame = frame(type, length);
            all.writeBytes(frame);
            frame.release();
        }
        while (all.isReadable()) {
            int part = Math.min(all.readableBytes(), 1 + random.nextInt(random.nextBoolean() ? 5 : 3000));
            channel.writeOutbound(all.readRetainedSlice(part));
        }
        all.release();
        assertThat(counter.payloadBytes()).isEqualTo(expected);
        channel.finishAndReleaseAll();
    }
}
