package io.nereid.server;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class OpeningTest {
    private final List<String> closed = new ArrayList<>();
    private final Opening opening = new Opening();

    @Test
    void open_several_atTheSameTime() throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Opening.Port<Integer> http = opening.open("http", () -> arrived(both), port -> closed.add("http"));
        Opening.Port<Integer> grpc = opening.open("grpc", () -> arrived(both), port -> closed.add("grpc"));
        opening.check();
        assertThat(List.of(http.opened(), grpc.opened())).containsExactlyInAnyOrder(0, 1);
        assertThat(closed).isEmpty();
    }

    @Test
    void check_someFailed_tellsAllOfThemAndClosesTheOthers() {
        opening.open("metrics", () -> "metrics", closed::add);
        opening.open("http", () -> fails(new InferenceException(ErrorCode.UNAVAILABLE, "no HTTP")), closed::add);
        opening.open("grpc", () -> fails(new InferenceException(ErrorCode.INVALID_ARG, "no gRPC")), closed::add);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(opening::check)
                .satisfies(e -> assertThat(e.text()).isEqualTo("no HTTP. no gRPC"))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        assertThat(closed).containsExactly("metrics");
    }

    @Test
    void check_internalError_isThrownOnAndTheOthersAreClosed() {
        opening.open("metrics", () -> "metrics", closed::add);
        opening.open("http", () -> fails(new IllegalArgumentException("a fault")), closed::add);
        opening.open("grpc", () -> "grpc", closed::add);
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(opening::check).withMessage("a fault");
        assertThat(closed).containsExactly("metrics", "grpc");
    }

    private static <E extends Exception> String fails(E failure) throws E {
        throw failure;
    }

    private static int arrived(CyclicBarrier both) {
        try {
            return both.await();
        } catch (Exception e) {
            throw new AssertionError("the other one did not begin", e);
        }
    }
}
