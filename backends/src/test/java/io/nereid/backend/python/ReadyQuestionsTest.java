package io.nereid.backend.python;

import io.nereid.backend.worker.message.FrameReader;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MalformedFrameException;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.ReplyChannel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ReadyQuestionsTest {
    private ReplyChannel channel;
    private final ReadyQuestions questions = new ReadyQuestions();

    @BeforeEach
    void open() throws IOException {
        channel = new ReplyChannel();
    }

    @AfterEach
    void close() throws IOException {
        channel.close();
    }

    private static FrameReader answer(FrameWriter writer) throws MalformedFrameException {
        return FrameReader.of(Arrays.copyOf(writer.end().bytes(), writer.size()));
    }

    private static FrameWriter state(int state) {
        return new FrameWriter(16).begin(MessageType.READY).u8(state);
    }

    @Test
    void answered_inAnyOrder_completesTheRightOne() throws Exception {
        CompletableFuture<Boolean> first = questions.ask(channel.replies());
        CompletableFuture<Boolean> second = questions.ask(channel.replies());
        channel.next(MessageType.IS_READY, 1).end();
        channel.next(MessageType.IS_READY, 2).end();

        questions.answered(2, answer(state(0)));
        assertThat(first).isNotDone();
        questions.answered(1, answer(state(1)));

        assertThat(first.get()).isTrue();
        assertThat(second.get()).isFalse();
    }

    @Test
    void answered_byAnError_isThatError() throws Exception {
        CompletableFuture<Boolean> asked = questions.ask(channel.replies());

        questions.answered(1, answer(state(2).str("no database")));

        assertThatThrownBy(asked::get).isInstanceOf(ExecutionException.class)
                .cause().isInstanceOfSatisfying(InferenceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
                    assertThat(e.text()).isEqualTo("no database");
                });
    }

    @Test
    void answered_neverAskedOrTwice_isDropped() throws Exception {
        CompletableFuture<Boolean> asked = questions.ask(channel.replies());

        questions.answered(7, answer(state(1)));
        questions.answered(1, answer(state(1)));
        questions.answered(1, answer(state(0)));

        assertThat(asked.get()).isTrue();
    }

    @Test
    void answered_byNoState_isMalformed() throws Exception {
        CompletableFuture<Boolean> _ = questions.ask(channel.replies());

        assertThatThrownBy(() -> questions.answered(1, answer(state(9)))).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("a readiness of 9");
    }

    @Test
    void close_workerIsGone_endsWhatIsAskedBeforeAndAfter() throws Exception {
        CompletableFuture<Boolean> before = questions.ask(channel.replies());
        questions.close();
        CompletableFuture<Boolean> after = questions.ask(channel.replies());

        for (CompletableFuture<Boolean> asked : Arrays.asList(before, after)) {
            assertThatThrownBy(asked::get).hasMessageContaining("the model's process has ended");
        }
    }
}
