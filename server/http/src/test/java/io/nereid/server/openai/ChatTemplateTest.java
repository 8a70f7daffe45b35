package io.nereid.server.openai;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

final class ChatTemplateTest {
    private static String shown(@Nullable ChatTemplate template, String role) {
        List<ChatTemplate.Piece> pieces = Objects.requireNonNull(template).message(role);
        return pieces == null ? "none" : pieces.stream().map(piece -> switch (piece) {
            case ChatTemplate.Literal(String text) -> text;
            case ChatTemplate.Part.ROLE -> "<role>";
            case ChatTemplate.Part.CONTENT -> "<content>";
        }).collect(Collectors.joining("|"));
    }

    @Test
    void of_noParameterOfATemplate_isNone() {
        assertThat(ChatTemplate.of(Map.of("chat", "x", "template_message", "y"))).isNull();
    }

    @Test
    void message_placesOfRoleAndContent_areFoundInAnyOrder() {
        ChatTemplate template = ChatTemplate
                .of(Map.of("chat_template_message", "{content} by {role}{role}: {x} \u00e9"));
        assertThat(shown(template, "user")).isEqualTo("<content>| by |<role>|<role>|: {x} \u00e9");
    }

    @Test
    void message_ofARoleWithItsOwnTemplate_isThat() {
        ChatTemplate template = ChatTemplate
                .of(Map.of("chat_template_message", "{role}", "chat_template_system", "({content})"));
        assertThat(shown(template, "system")).isEqualTo("(|<content>|)");
        assertThat(shown(template, "user")).isEqualTo("<role>");
    }

    @Test
    void message_ofARoleThatIsNotNamed_isNone() {
        ChatTemplate template = ChatTemplate.of(Map.of("chat_template_user", "{content}", "chat_template_end", ">"));
        assertThat(shown(template, "system")).isEqualTo("none");
        assertThat(Objects.requireNonNull(template).begin()).isEmpty();
        assertThat(template.end()).containsExactly('>');
    }
}
