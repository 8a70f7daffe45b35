package io.nereid.server;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LifeCycleTest {
    private final List<String> stopped = new ArrayList<>();
    private final LifeCycle parts = new LifeCycle();

    @Test
    void stop_severalParts_stopsTheLastFirst() throws Exception {
        start("memory", "models", "port");
        assertThat(parts.stop(Deadline.in(Duration.ofSeconds(1)))).isTrue();
        assertThat(stopped).containsExactly("port", "models", "memory");
    }

    @Test
    void close_theThirdOfFiveCannotBeStarted_stopsThoseBeforeIt() {
        assertThatThrownBy(() -> {
            start("first", "second");
            start(fails());
            start("fourth", "fifth");
        }).isInstanceOf(IllegalStateException.class);
        parts.close();
        assertThat(stopped).containsExactly("second", "first");
    }

    @Test
    void stop_again_doesNothing() throws Exception {
        start("memory");
        parts.close();
        parts.stop(Deadline.passed());
        assertThat(stopped).containsExactly("memory");
    }

    @Test
    void stop_aPartFails_stopsTheOthersAndSaysSo() throws Exception {
        start("memory");
        parts.started("broken", _ -> {
            throw new IllegalStateException("cannot be stopped");
        });
        start("port");
        assertThat(parts.stop(Deadline.passed())).isFalse();
        assertThat(stopped).containsExactly("port", "memory");
    }

    @Test
    void stop_aPartIsLate_saysSo() throws Exception {
        parts.started(_ -> false);
        start("port");
        assertThat(parts.stop(Deadline.passed())).isFalse();
    }

    @Test
    void stop_interrupted_stopsTheRestWithoutWaiting() {
        List<Duration> left = new ArrayList<>();
        parts.started(deadline -> left.add(deadline.left()));
        parts.started(_ -> {
            throw new InterruptedException();
        });
        assertThatThrownBy(() -> parts.stop(Deadline.in(Duration.ofHours(1)))).isInstanceOf(InterruptedException.class);
        assertThat(left).containsExactly(Duration.ZERO);
    }

    @Test
    void close_interruptedPart_keepsTheInterrupt() {
        parts.started(_ -> {
            throw new InterruptedException();
        });
        parts.close();
        assertThat(Thread.interrupted()).isTrue();
    }

    private void start(String... names) {
        for (String name : names) {
            parts.started(name, stopped::add);
        }
    }

    private static String fails() {
        throw new IllegalStateException("cannot be started");
    }
}
