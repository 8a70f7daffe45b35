package io.nereid.server.ondemand;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class EvictionPolicyTest {
    private static final long NOW = 1_000;

    private final EvictionPolicy policy = new EvictionPolicy(100);

    private static LoadedModel idle(String name, long bytes, long usedNanos, String... neededBy) {
        return new LoadedModel(name, bytes, usedNanos, 0, false, false, Set.of(neededBy));
    }

    private static LoadedModel busy(String name, long bytes) {
        return new LoadedModel(name, bytes, 1, 0, true, false, Set.of());
    }

    private static LoadedModel kept(String name, long bytes) {
        return new LoadedModel(name, bytes, 1, 0, false, true, Set.of());
    }

    private static LoadedModel safe(String name, long bytes, long untilNanos) {
        return new LoadedModel(name, bytes, 1, untilNanos, false, false, Set.of());
    }

    private Room roomFor(long bytes, LoadedModel... loaded) {
        long held = List.of(loaded).stream().mapToLong(LoadedModel::bytes).sum();
        return policy.roomFor(bytes, held, 0, List.of(loaded), NOW);
    }

    private static Room evicting(String... models) {
        return new Room.Now(List.of(models));
    }

    @Test
    void budgetNotUsedUp_nobodyGoes() {
        assertThat(roomFor(60, idle("a", 40, 1))).isEqualTo(evicting());
    }

    @Test
    void noRoom_leastRecentlyUsedGoes() {
        assertThat(roomFor(40, idle("a", 40, 7), idle("b", 40, 5))).isEqualTo(evicting("b"));
    }

    @Test
    void oneIsNotEnough_severalGo_leastRecentlyUsedFirst() {
        assertThat(roomFor(70, idle("a", 30, 3), idle("b", 30, 1), idle("c", 30, 2)))
                .isEqualTo(evicting("b", "c"));
    }

    @Test
    void largerOneAfterItIsEnough_smallOneStays() {
        assertThat(roomFor(50, idle("small", 10, 1), idle("large", 60, 2), idle("last", 30, 3)))
                .isEqualTo(evicting("large"));
    }

    @Test
    void sparedModels_areTheMostRecentlyUsed() {
        assertThat(roomFor(20, idle("a", 20, 1), idle("b", 20, 2), idle("c", 60, 3))).isEqualTo(evicting("a"));
    }

    @Test
    void busyModel_neverGoes() {
        assertThat(roomFor(50, busy("a", 60), idle("b", 40, 9))).isEqualTo(new Room.Unknown());
        assertThat(roomFor(30, busy("a", 60), idle("b", 40, 9))).isEqualTo(evicting("b"));
    }

    @Test
    void keptModel_neverGoes_andWhatNeedsItsRoomNeverComes() {
        assertThat(roomFor(40, kept("a", 60), idle("b", 40, 9))).isEqualTo(evicting("b"));
        assertThat(roomFor(41, kept("a", 60), idle("b", 40, 9))).isEqualTo(new Room.Never(40));
    }

    @Test
    void largerThanTheBudget_never() {
        assertThat(roomFor(101)).isEqualTo(new Room.Never(100));
        assertThat(roomFor(100)).isEqualTo(evicting());
    }

    @Test
    void justLoaded_isSafe_untilItsTime() {
        assertThat(roomFor(50, safe("a", 100, NOW + 5))).isEqualTo(new Room.Later(NOW + 5));
        assertThat(roomFor(50, safe("a", 100, NOW))).isEqualTo(evicting("a"));
    }

    @Test
    void severalSafe_laterIsWhenEnoughMayGo() {
        assertThat(roomFor(60, safe("a", 30, NOW + 5), safe("b", 30, NOW + 9), safe("c", 30, NOW + 20)))
                .isEqualTo(new Room.Later(NOW + 9));
        assertThat(roomFor(30, safe("a", 50, NOW + 5), busy("b", 50))).isEqualTo(new Room.Later(NOW + 5));
        assertThat(roomFor(60, safe("a", 50, NOW + 5), busy("b", 50))).isEqualTo(new Room.Unknown());
    }

    @Test
    void modelsThatAreGoing_areWaitedFor_nobodyElseGoesForThem() {
        assertThat(policy.roomFor(40, 100, 50, List.of(safe("a", 50, NOW + 5)), NOW)).isEqualTo(new Room.Unknown());
        assertThat(policy.roomFor(60, 100, 50, List.of(safe("a", 50, NOW + 5)), NOW))
                .isEqualTo(new Room.Later(NOW + 5));
    }

    @Test
    void modelOfAnEnsemble_goesWithIt_andAfterIt() {
        LoadedModel ensemble = idle("e", 0, 1);
        assertThat(roomFor(60, ensemble, idle("step", 100, 1, "e"))).isEqualTo(evicting("e", "step"));
    }

    @Test
    void modelOfABusyEnsemble_stays() {
        assertThat(roomFor(60, busy("e", 0), idle("step", 50, 1, "e"), idle("other", 50, 2)))
                .isEqualTo(new Room.Unknown());
        assertThat(roomFor(50, busy("e", 0), idle("step", 50, 1, "e"), idle("other", 50, 2)))
                .isEqualTo(evicting("other"));
    }

    @Test
    void modelOfAnEnsembleThatIsBeingLoaded_stays() {
        assertThat(roomFor(60, idle("step", 100, 1, "e"))).isEqualTo(new Room.Unknown());
    }

    @Test
    void modelOfAnEnsemble_isAsRecentAsTheEnsemble() {
        assertThat(roomFor(50, idle("e", 0, 9), idle("step", 50, 1, "e"), idle("other", 50, 5)))
                .isEqualTo(evicting("other"));
    }

    @Test
    void ensembleOfEnsembles_outermostGoesFirst() {
        assertThat(roomFor(100, idle("step", 100, 1, "inner", "outer"), idle("inner", 0, 1, "outer"),
                idle("outer", 0, 1))).isEqualTo(evicting("outer", "inner", "step"));
    }

    @Test
    void ensembleWhoseModelsStay_stays() {
        assertThat(roomFor(40, idle("e", 0, 1), idle("other", 60, 2), idle("step", 40, 3, "e")))
                .isEqualTo(evicting("other"));
    }
}
