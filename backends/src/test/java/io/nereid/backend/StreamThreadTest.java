package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.StreamListener;
import io.nereid.scheduler.instance.ResponseSender;
import io.nereid.scheduler.instance.ResponseSenders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class StreamThreadTest {
    private final StreamListener listener = new StreamListener();
    private final ResponseSender sender = ResponseSenders.to(listener);

    @Test
    void stream_endsItsSender_thatIsTheEnd() {
        StreamThread.start("m_0", sender, ResponseSender::end);
        assertThat(listener.end()).isEqualTo("end");
    }

    @Test
    void stream_throwsInferenceException_endsWithIt() {
        InferenceException failure = new InferenceException(ErrorCode.UNAVAILABLE, "no memory");
        StreamThread.start("m_0", sender, _ -> {
            throw failure;
        });
        assertThat(listener.error()).isSameAs(failure);
    }

    @Test
    void stream_throwsAnError_endsInternal() {
        StreamThread.start("m_0", sender, _ -> {
            throw new NoClassDefFoundError("secret");
        });
        assertThat(listener.error().code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(listener.error().text()).doesNotContain("secret");
    }

    @Test
    void stream_forgetsTheEnd_endsInternal() {
        StreamThread.start("m_0", sender, _ -> {
        });
        assertThat(listener.error().text()).isEqualTo("the backend did not finish the request");
    }

    @Test
    void stream_throwsAfterTheEnd_theEndStands() {
        StreamThread.start("m_0", sender, to -> {
            to.end();
            throw new IllegalStateException("too late");
        });
        assertThat(listener.end()).isEqualTo("end");
    }
}
