package io.nereid.server;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PartialStartTest {
    private final List<String> ended = new ArrayList<>();

    @Test
    void close_afterAFailure_endsTheLastFirst() {
        try (PartialStart start = new PartialStart()) {
            start.made(() -> ended.add("memory"));
            start.made(() -> ended.add("port"));
        }
        assertThat(ended).containsExactly("port", "memory");
    }

    @Test
    void close_afterSuccess_endsNothing() {
        try (PartialStart start = new PartialStart()) {
            start.made(() -> ended.add("memory"));
            start.succeeded();
        }
        assertThat(ended).isEmpty();
    }
}
