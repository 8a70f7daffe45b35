package io.nereid.server.model.control;

import org.junit.jupiter.api.Test;

import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class DependenciesTest {
    private final Dependencies dependencies = new Dependencies();

    @Test
    void put_knowsBothDirections() {
        assertThat(dependencies.put("e", Set.of("a", "b"))).isEmpty();
        assertThat(dependencies.put("f", Set.of("b", "e"))).isEmpty();
        assertThat(dependencies.dependentsOf("b")).containsExactly("e", "f");
        assertThat(dependencies.dependentsOf("e")).containsExactly("f");
        assertThat(dependencies.stepsOf("f")).containsExactlyInAnyOrder("b", "e");
        assertThat(dependencies.ensembles()).containsExactlyInAnyOrder("e", "f");
        dependencies.remove("e");
        assertThat(dependencies.dependentsOf("a")).isEmpty();
    }

    @Test
    void addWait_thatClosesACircle_saysWhichWay() {
        assertThat(dependencies.addWait("a", "b")).isEmpty();
        assertThat(dependencies.addWait("a", "b")).as("another instance of it").isEmpty();
        assertThat(dependencies.addWait("b", "c")).isEmpty();
        assertThat(dependencies.addWait("c", "a")).containsExactly("c", "a", "b", "c");
        dependencies.removeWait("c", "a");
        dependencies.removeWait("a", "b");
        assertThat(dependencies.addWait("c", "a")).as("one instance still waits").isNotEmpty();
        dependencies.removeWait("c", "a");
        dependencies.removeWait("a", "b");
        assertThat(dependencies.addWait("c", "a")).isEmpty();
        assertThat(dependencies.ensembles()).isEmpty();
    }

    @Test
    void addWait_throughAnEnsemble_closesACircleWhicheverComesFirst() {
        dependencies.put("e", Set.of("a"));
        assertThat(dependencies.addWait("a", "e")).containsExactly("a", "e", "a");
        assertThat(dependencies.addWait("b", "f")).isEmpty();
        assertThat(dependencies.put("f", Set.of("b"))).containsExactly("f", "b", "f");
    }

    @Test
    void put_thatClosesACircle_saysWhichWay() {
        assertThat(dependencies.put("a", Set.of("x", "b"))).isEmpty();
        assertThat(dependencies.put("b", Set.of("c", "x"))).isEmpty();
        assertThat(dependencies.put("c", Set.of("x", "a"))).containsExactly("c", "a", "b", "c");
        assertThat(dependencies.put("self", Set.of("self"))).containsExactly("self", "self");
        assertThat(dependencies.put("outside", Set.of("a"))).as("it leads into a circle, and is in none").isEmpty();
    }
}
