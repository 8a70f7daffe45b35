package io.nereid.server.transport;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;

import static org.assertj.core.api.Assertions.assertThat;

class ListenAddressTest {
    private static final ListenAddress ADDRESS = new ListenAddress("HTTP", "--http", "127.0.0.1", 80);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Address already in use | already in use; stop what listens there, or choose another --http-port or --http-address
            Cannot assign requested address | cannot be had: no network interface of this machine has that address; give --http-address one that it has, or 0.0.0.0 for all
            Permission denied | cannot be had: this user may not listen on that port (permission denied); choose another --http-port, 1024 or more, or let the user bind small ones (CAP_NET_BIND_SERVICE)
            Out of luck | cannot be had: Out of luck; choose another --http-port or --http-address
            """)
    void failure_reasonOfTheSystem_saysWhatToDo(String reason, String advice) {
        InferenceException failure = ADDRESS.failure(ADDRESS.socketAddress(),
                new IOException("Failed to bind", new BindException("bind(..) failed with error(-1): " + reason)));
        assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(failure.text().replace("bind(..) failed with error(-1): ", ""))
                .isEqualTo("failed to start HTTP service: Unavailable - Socket '127.0.0.1:80' " + advice);
    }

    @Test
    void failure_noSuchHost_saysSo() {
        ListenAddress nowhere = new ListenAddress("GRPC", "--grpc", "nowhere", 1);
        assertThat(nowhere.failure(InetSocketAddress.createUnresolved("nowhere", 1), new IOException("x")).text())
                .isEqualTo(
                        "failed to start GRPC service: Unavailable - Socket 'nowhere:1' cannot be had: there is no such"
                                + " host; give --grpc-address an address of this machine");
    }
}
