package gourmetgram.classify;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StepsTest {
    private final AtomicLong now = new AtomicLong(100);
    private final Steps steps = new Steps(now::get);

    @Test
    void parts_areNotedInTheirOrderWithTheirTimes() throws InferenceException, InterruptedException {
        assertThat(steps.<String>time("first", () -> {
            now.addAndGet(5);
            return "result";
        })).isEqualTo("result");
        now.addAndGet(1000);
        steps.time("second", () -> now.addAndGet(7));
        assertThat(steps.taken()).containsExactly(new Steps.Step("first", 5), new Steps.Step("second", 7));
    }

    @Test
    void aPartThatFails_isNotNoted() {
        assertThatThrownBy(() -> steps.time("failing", () -> {
            throw new InferenceException(ErrorCode.INTERNAL, "no");
        })).isInstanceOf(InferenceException.class);
        assertThat(steps.taken()).isEmpty();
    }
}
