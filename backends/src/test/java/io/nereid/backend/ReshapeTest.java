package io.nereid.backend;

import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

final class ReshapeTest {
    @Test
    void apply_sameShapes_returnsTheVeryShape() {
        Shape shape = Shape.of(2, 3);

        assertThat(Reshape.of(List.of(3L), List.of(3L), true).apply(shape)).isSameAs(shape);
    }

    @Test
    void apply_batching_keepsTheBatchInFront() {
        assertThat(Reshape.of(List.of(4L), List.of(2L, 2L), true).apply(Shape.of(7, 4))).isEqualTo(Shape.of(7, 2, 2));
    }

    @Test
    void apply_emptyShapeOfBatchingModel_leavesTheBatchAlone() {
        assertThat(Reshape.of(List.of(1L), List.of(), true).apply(Shape.of(7, 1))).isEqualTo(Shape.of(7));
        assertThat(Reshape.of(List.of(), List.of(1L), true).apply(Shape.of(7))).isEqualTo(Shape.of(7, 1));
    }

    @Test
    void apply_dimensionsOfAnySize_keepTheirSizesInOrder() {
        Reshape reshape = Reshape.of(List.of(-1L, 4L, -1L), List.of(2L, -1L, 2L, -1L), false);

        assertThat(reshape.apply(Shape.of(5, 4, 9))).isEqualTo(Shape.of(2, 5, 2, 9));
    }

    @Test
    void applyWhereFits_shapeThatDoesNotFit_staysAsItIs() {
        Reshape reshape = Reshape.of(List.of(2L, -1L), List.of(-1L, 2L), true);

        assertThat(reshape.applyWhereFits(Shape.of(7, 2, 5))).isEqualTo(Shape.of(7, 5, 2));
        assertThat(reshape.applyWhereFits(Shape.of(7, 3, 5))).isEqualTo(Shape.of(7, 3, 5));
        assertThat(reshape.applyWhereFits(Shape.of(7, 2))).isEqualTo(Shape.of(7, 2));
    }

    @Test
    void apply_shapeOfAnotherRank_isRefused() {
        Reshape reshape = Reshape.of(List.of(4L), List.of(2L, 2L), false);

        assertThatIllegalArgumentException().isThrownBy(() -> reshape.apply(Shape.of(1, 4)))
                .withMessageContaining("[1,4]");
    }
}
