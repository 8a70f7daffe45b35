package io.nereid.perf.client;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RequestBudgetTest {
    @Test
    void budget_hasAsManyAsItIsOf() {
        RequestBudget budget = RequestBudget.of(2);
        assertThat(budget.take()).isTrue();
        assertThat(budget.isEmpty()).isFalse();
        assertThat(budget.take()).isTrue();
        assertThat(budget.isEmpty()).isTrue();
        assertThat(budget.take()).isFalse();
        assertThat(budget.isEmpty()).isTrue();
    }

    @Test
    void unlimitedBudget_isNeverEmpty() {
        RequestBudget budget = RequestBudget.unlimited();
        assertThat(budget.take()).isTrue();
        assertThat(budget.isEmpty()).isFalse();
    }
}
