package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.posix.Pipe;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** What is written to a worker, read as it reads it; and the pipes for it. */
class RepliesTest {
    private ReplyChannel channel;
    private Replies replies;

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
        replies = channel.replies();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    @Test
    void everyReply_hasItsTypeItsCallAndItsFieldsAndNothingElse() throws Exception {
        replies.done(Long.MAX_VALUE);
        replies.flag(2, true);
        replies.flag(3, false);
        replies.id(4, -1);
        replies.value(5, Double.NEGATIVE_INFINITY);
        replies.extent(6, 1L << 40, 3);
        replies.ask(MessageType.IS_READY, 7);
        replies.send(Replies.begin(MessageType.RESPONSE, 8).str("é".repeat(10_000)).end());

        channel.next(MessageType.DONE, Long.MAX_VALUE).end();
        FrameReader flag = channel.next(MessageType.FLAG, 2);
        assertThat(flag.flag()).isTrue();
        flag.end();
        assertThat(channel.next(MessageType.FLAG, 3).flag()).isFalse();
        FrameReader id = channel.next(MessageType.ID, 4);
        assertThat(id.i64()).isEqualTo(-1);
        id.end();
        FrameReader value = channel.next(MessageType.VALUE, 5);
        assertThat(value.f64()).isEqualTo(Double.NEGATIVE_INFINITY);
        value.end();
        FrameReader extent = channel.next(MessageType.EXTENT, 6);
        assertThat(extent.i64()).isEqualTo(1L << 40);
        assertThat(extent.i64()).isEqualTo(3);
        extent.end();
        channel.next(MessageType.IS_READY, 7).end();
        assertThat(channel.next(MessageType.RESPONSE, 8).str()).hasSize(10_000);
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void error_ofEveryCode_isReadAsItWas(ErrorCode code) throws Exception {
        replies.error(9, new InferenceException(code, "why\n"));

        FrameReader reply = channel.next(MessageType.ERROR, 9);
        InferenceException error = reply.error();
        reply.end();
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.text()).isEqualTo("why\n");
    }

    @Test
    void doneAndError_ofACallThatWantsNoReply_areNotSent() throws Exception {
        replies.done(0);
        replies.error(0, new InferenceException(ErrorCode.INTERNAL, "nobody reads that"));
        replies.done(1);

        channel.next(MessageType.DONE, 1).end();
    }

    @Test
    void send_frameInAWriterThatIsUsedAgain_isWhatItWas() throws Exception {
        FrameWriter out = new FrameWriter(16);
        for (int i = 1; i < 2000; i++) {
            replies.send(out.begin(MessageType.ID).u64(i).u64(-i).end());
        }
        for (int i = 1; i < 2000; i++) {
            assertThat(channel.next(MessageType.ID, i).i64()).isEqualTo(-i);
        }
    }

    @Test
    void pipePair_nobodyKeepsIt_isClosed() throws Exception {
        Path calls;
        Path read;
        try (PipePair pair = PipePair.open()) {
            calls = Path.of(pair.calls().writerPath());
            read = Path.of(pair.replies().readerPath());
            assertThat(calls).isNotEqualTo(read);
            assertThat(Files.exists(calls)).isTrue();
        }
        assertThat(Files.exists(calls)).isFalse();
        assertThat(Files.exists(read)).isFalse();
    }

    @Test
    void pipePair_kept_staysOpen() throws Exception {
        PipePair pair = PipePair.open();
        pair.keep();
        pair.close();
        try (Pipe calls = pair.calls(); Pipe answers = pair.replies()) {
            assertThat(Files.exists(Path.of(calls.writerPath()))).isTrue();
            assertThat(Files.exists(Path.of(answers.readerPath()))).isTrue();
        }
    }
}
