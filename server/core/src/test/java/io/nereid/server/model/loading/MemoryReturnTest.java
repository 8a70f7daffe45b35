package io.nereid.server.model.loading;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MemoryReturnTest {
    private final List<Runnable> later = new ArrayList<>();
    private int trims;
    private final MemoryReturn memory = new MemoryReturn(() -> trims++, (_, action) -> later.add(action));

    @Test
    void modelChanged_manyInAMoment_costsOneTrim() {
        for (int i = 0; i < 1_500; i++) {
            memory.modelChanged();
        }
        assertThat(trims).isZero();
        assertThat(later).hasSize(1);
        later.removeFirst().run();
        assertThat(trims).isEqualTo(1);
    }

    @Test
    void modelChanged_whileTheMemoryOfOthersGoesBack_isForTheNextTime() {
        MemoryReturn busy = new MemoryReturn(memory::modelChanged, (_, action) -> later.add(action));
        busy.modelChanged();
        Runnable first = later.removeFirst();
        busy.modelChanged();
        assertThat(later).isEmpty();
        first.run();
        assertThat(later).hasSize(1);
        busy.modelChanged();
        assertThat(later).hasSize(2);
    }
}
