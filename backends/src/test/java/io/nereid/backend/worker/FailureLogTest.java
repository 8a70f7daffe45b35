package io.nereid.backend.worker;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class FailureLogTest {
    private final Lines lines = new Lines();
    private final FakeClock clock = new FakeClock();
    private final FailureLog log = new FailureLog(lines, clock);

    @Test
    void raised_aFewTimes_isLoggedEachTime() {
        log.raised("a");
        log.raised("b");
        assertThat(lines.text).containsExactly("a", "b");
    }

    @Test
    void raised_manyTimesWithinAMinute_theRestIsCounted() {
        for (int i = 0; i < FailureLog.PER_MINUTE + 7; i++) {
            log.raised("a");
        }
        assertThat(lines.text).hasSize(FailureLog.PER_MINUTE);

        clock.advance(Duration.ofMinutes(1));
        log.raised("b");
        log.raised("c");
        assertThat(lines.text).hasSize(FailureLog.PER_MINUTE + 2)
                .endsWith("b (7 more since the last one that was logged)", "c");
    }

    /** A logger that keeps what it is given. */
    private static final class Lines extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1L;

        private final transient List<String> text = new ArrayList<>();

        @Override
        protected String getFullyQualifiedCallerName() {
            return FailureLogTest.class.getName();
        }

        @Override
        protected void handleNormalizedLoggingCall(Level level, Marker marker, String pattern, Object[] arguments,
                Throwable thrown) {
            text.add(MessageFormatter.basicArrayFormat(pattern, arguments));
        }

        @Override
        public boolean isTraceEnabled() {
            return true;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }
    }
}
