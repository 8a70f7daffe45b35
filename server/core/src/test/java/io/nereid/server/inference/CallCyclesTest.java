package io.nereid.server.inference;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CallCyclesTest {
    private final CallCycles cycles = new CallCycles();

    @Test
    void begun_aModelThatCallsItself_isACircle() {
        assertThat(cycles.begun("a", "a")).containsExactly("a", "a");
    }

    @Test
    void begun_aChain_isNone() {
        assertThat(cycles.begun("a", "b")).isEmpty();
        assertThat(cycles.begun("b", "c")).isEmpty();
        assertThat(cycles.begun("a", "c")).isEmpty();
    }

    @Test
    void begun_theCallThatClosesACircle_isToldTheShortestWay() {
        cycles.begun("b", "x");
        cycles.begun("x", "c");
        cycles.begun("b", "c");
        cycles.begun("c", "a");
        assertThat(cycles.begun("a", "b")).containsExactly("a", "b", "c", "a");
    }

    @Test
    void begun_whenTheOtherCallHasEnded_isNone() {
        cycles.begun("a", "b");
        cycles.begun("a", "b");
        cycles.ended("a", "b");
        assertThat(cycles.begun("b", "a")).as("one is still under way").containsExactly("b", "a", "b");
        cycles.ended("b", "a");
        cycles.ended("a", "b");
        assertThat(cycles.begun("b", "a")).isEmpty();
        cycles.ended("b", "a");
        assertThat(cycles.size()).isZero();
    }
}
