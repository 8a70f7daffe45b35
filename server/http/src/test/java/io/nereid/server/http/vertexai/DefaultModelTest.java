package io.nereid.server.http.vertexai;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DefaultModelTest {
    private static final String START = "failed to start Vertex AI service: Invalid argument - ";

    private static RepositoryIndexEntry version(String model, long version, ModelState state) {
        return new RepositoryIndexEntry(model, OptionalLong.of(version), state, "");
    }

    @Test
    void choose_onlyModelThatIsReady_isThatHoweverManyVersionsItHas() throws InferenceException {
        DefaultModel model = new DefaultModel("");
        assertThat(model.name()).as("while models are loaded").isEmpty();
        model.choose(List.of(version("a", 1, ModelState.READY), version("a", 2, ModelState.READY),
                version("b", 1, ModelState.UNAVAILABLE)));
        assertThat(model.name()).isEqualTo("a");
    }

    @Test
    void choose_named_isThatOne() throws InferenceException {
        DefaultModel model = new DefaultModel("b");
        model.choose(List.of(version("a", 1, ModelState.READY), version("b", 1, ModelState.READY)));
        assertThat(model.name()).isEqualTo("b");
    }

    @Test
    void choose_noneOrSeveral_isRefused() {
        List<RepositoryIndexEntry> two = List.of(version("a", 1, ModelState.READY), version("b", 1, ModelState.READY));
        String text = START + "Expect the model repository contains only a single model if default model is not"
                + " specified";
        assertThatThrownBy(() -> new DefaultModel("").choose(two)).hasMessageStartingWith(text);
        assertThatThrownBy(() -> new DefaultModel("").choose(List.of())).hasMessageStartingWith(text);
    }

    @Test
    void choose_namedAndNotReady_isRefused() {
        assertThatThrownBy(() -> new DefaultModel("b").choose(List.of(version("b", 1, ModelState.UNAVAILABLE))))
                .hasMessageStartingWith(START + "Expect the default model 'b' is loaded");
    }
}
