"""What glibc, Windows and git call errors in other languages: programs print it, and some nothing beside it."""

import re

from netanalyze.patterns import lazy_pattern

ENGLISH = {
    "Name or service not known":
        "Der Name oder der Dienst ist nicht bekannt|Nombre o servicio desconocido|Nom ou service inconnu|"
        "Nome o servizio sconosciuto|名前またはサービスが不明です|이름 혹은 서비스를 알 수 없습니다|"
        "Ta nazwa lub usługa jest nieznana|Nome ou serviço desconhecido|Неизвестное имя или служба|"
        "未知的名称或服务|名稱或服務未知",
    "Temporary failure in name resolution":
        "Temporärer Fehler bei der Namensauflösung|Fallo temporal en la resolución del nombre|"
        "Échec temporaire dans la résolution du nom|Errore temporaneo nella risoluzione del nome|"
        "名前解決に一時的に失敗しました|name resolution에서 일시적인 실패|"
        "Odwzorowanie nazwy jest chwilowo niemożliwe|Falha temporário na resolução de nome|"
        "Временный сбой в разрешении имен|域名解析暂时失败|解析名稱時發生暫時性錯誤",
    "Connection refused":
        "Verbindungsaufbau abgelehnt|Conexión rehusada|Connexion refusée|Connessione rifiutata|"
        "接続を拒否されました|연결이 거부됨|Połączenie odrzucone|Conexão recusada|В соединении отказано|"
        "拒绝连接|連線被拒絕",
    "Connection timed out":
        "Die Wartezeit für die Verbindung ist abgelaufen|Expiró el tiempo de conexión|"
        "Connexion terminée par expiration du délai d'attente|Connessione scaduta|接続がタイムアウトしました|"
        "연결 시간 초과|Przekroczony czas oczekiwania na połączenie|Tempo esgotado para conexão|"
        "Время ожидания соединения истекло|连接超时|連線超過時間",
    "No route to host":
        "Keine Route zum Zielrechner|No existe ninguna ruta hasta el `host'|"
        "Aucun chemin d'accès pour atteindre l'hôte cible|Nessun instradamento per l'host|"
        "ホストへの経路がありません|호스트로 갈 루트가 없음|Brak trasy do hosta|Não há rota para o host|"
        "Нет маршрута до узла|没有到主机的路由|找不到通往該主機的路由路徑",
    "Network is unreachable":
        "Das Netzwerk ist nicht erreichbar|La red es inaccesible|Le réseau n'est pas accessible|"
        "La rete non è raggiungibile|ネットワークに届きません|네트워크가 접근 불가능합니다|"
        "Sieć jest niedostępna|A rede está fora de alcance|Сеть недоступна|网络不可达|無法接觸網路",
    "Connection reset by peer":
        "Die Verbindung wurde vom Kommunikationspartner zurückgesetzt|"
        "Conexión reinicializada por la máquina remota|Connexion ré-initialisée par le correspondant|"
        "Connessione interrotta dal corrispondente|接続が相手からリセットされました|상대편이 연결을 끊음|"
        "Połączenie zerwane przez drugą stronę|Conexão fechada pela outra ponta|"
        "Соединение разорвано другой стороной|连接被对方重设|连接被对方重置|连接被对端重置|連線被對方重設",
    "No space left on device":
        "Auf dem Gerät ist kein Speicherplatz mehr verfügbar|No queda espacio en el dispositivo|"
        "Aucun espace disponible sur le périphérique|Spazio esaurito sul device|"
        "デバイスに空き領域がありません|장치에 남은 공간이 없음|Brak miejsca na urządzeniu|"
        "Não há espaço disponível no dispositivo|На устройстве не осталось свободного места|设备上没有空间|"
        "裝置上已無多餘空間",
    "Cannot assign requested address":
        "Die angeforderte Adresse kann nicht zugewiesen werden|No se puede asignar la dirección solicitada|"
        "Ne peut attribuer l'adresse demandée|Impossibile assegnare l'indirizzo richiesto|"
        "要求アドレスに割り当てられません|요청한 주소를 배정할 수 없습니다|"
        "Nie można przypisać żądanego adresu|Não foi possível acessar o endereço requisitado|"
        "Невозможно назначить запрошенный адрес|无法指定被请求的地址|無法指定所需的位址",
    # Winsock's (FormatMessage), as Go, .NET and Ruby print them
    "No connection could be made because the target machine actively refused it":
        "Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte|"
        "No se puede establecer una conexión ya que el equipo de destino denegó expresamente dicha conexión|"
        "Aucune connexion n'a pu être établie car l'ordinateur cible l'a expressément refusée|"
        "Impossibile stabilire la connessione. Rifiuto persistente del computer di destinazione|"
        "対象のコンピューターによって拒否されたため、接続できませんでした|"
        "대상 컴퓨터에서 연결을 거부했으므로 연결하지 못했습니다|"
        "Nie można nawiązać połączenia, ponieważ komputer docelowy aktywnie go odmawia|"
        "Nenhuma conexão pôde ser feita porque a máquina de destino as recusou ativamente|"
        "Подключение не установлено, т.к. конечный компьютер отверг запрос на подключение|"
        "由于目标计算机积极拒绝，无法连接|無法連線，因為目標電腦拒絕連線",
    "A connection attempt failed because the connected party did not properly respond":
        "Ein Verbindungsversuch ist fehlgeschlagen, da die Gegenstelle nach einer bestimmten Zeitspanne nicht richtig "
        "reagiert hat|"
        "Se produjo un error durante el intento de conexión ya que la parte conectada no respondió adecuadamente|"
        "Une tentative de connexion a échoué car le parti connecté n'a pas répondu convenablement|"
        "Impossibile stabilire la connessione. Risposta non corretta della parte connessa|"
        "接続済みの呼び出し先が一定の時間を過ぎても正しく応答しなかったため、接続できませんでした|"
        "연결된 구성원으로부터 응답이 없어 연결하지 못했거나|"
        "Próba połączenia nie powiodła się, ponieważ połączona strona nie odpowiedziała poprawnie|"
        "Uma tentativa de conexão falhou porque o componente conectado não respondeu corretamente|"
        "Попытка установить соединение была безуспешной|"
        "由于连接方在一段时间后没有正确答复|連線嘗試失敗，因為連線對象有一段時間並未正確回應",
    "An existing connection was forcibly closed by the remote host":
        "Eine vorhandene Verbindung wurde vom Remotehost geschlossen|"
        "Se ha forzado la interrupción de una conexión existente por el host remoto|"
        "Une connexion existante a dû être fermée par l'hôte distant|"
        "Connessione in corso interrotta forzatamente dall'host remoto|"
        "既存の接続はリモート ホストに強制的に切断されました|현재 연결은 원격 호스트에 의해 강제로 끊겼습니다|"
        "Istniejące połączenie zostało gwałtownie zamknięte przez zdalnego hosta|"
        "Foi forçado o cancelamento de uma conexão existente pelo host remoto|"
        "Удаленный хост принудительно разорвал существующее подключение|"
        "远程主机强迫关闭了一个现有的连接|遠端主機已強制關閉一個現存的連線",
    "No such host is known":
        "Der angegebene Host ist unbekannt|Host desconocido|Hôte inconnu|Host sconosciuto|そのようなホストは不明です|"
        "알려진 호스트가 없습니다|Nieznany host|Este host não é conhecido|Этот хост неизвестен|不知道这样的主机|"
        "無法識別這台主機",
    # .NET's of Windows
    "remote name could not be resolved":
        "Remotename konnte nicht aufgelöst werden|nom distant n'a pas pu être résolu|No se puede resolver el nombre remoto|"
        "Impossibile risolvere il nome remoto|リモート名を解決できませんでした|O nome remoto não pôde ser resolvido|"
        "Невозможно разрешить удаленное имя|未能解析此远程名称",
    "Unable to connect to the remote server":
        "Die Verbindung mit dem Remoteserver kann nicht hergestellt werden|Impossible de se connecter au serveur distant|"
        "No es posible conectar con el servidor remoto|Impossibile effettuare la connessione al server remoto|"
        "リモート サーバーに接続できません|Impossível conectar-se ao servidor remoto|"
        "Невозможно соединиться с удаленным сервером|无法连接到远程服务器",
    # git's own
    "the remote end hung up unexpectedly":
        "Die Gegenseite hat unerwartet abgebrochen|el remoto se colgó de manera inesperada|"
        "l'hôte distant a fermé la connexion de manière inattendue|"
        "l'interlocutore remoto ha chiuso inaspettatamente la connessione|zdalna maszyna nieoczekiwanie się rozłączyła|"
        "远端意外挂断了|遠端意外掛斷了",
    "Authentication failed for":
        "Authentifizierung fehlgeschlagen für|Autenticación falló para|Échec d'authentification pour|"
        "Autenticazione non riuscita per|Uwierzytelnienie nie powiodło się dla",
    "early EOF":
        "zu frühes Dateiende|EOF temprano|fin de fichier prématurée|EOF prematuro|너무 빨리 파일이 끝남|"
        "przedwczesny koniec pliku|неожиданный конец файла|过早的文件结束符（EOF）|過早的檔案結束符（EOF）",
}  # fmt: skip
"""By its English words (strerror(3), gai_strerror(3)): German, Spanish, French, Italian, Japanese, Korean, Polish, Portuguese,
Russian and Chinese of glibc 2.36, one behind the other."""
BY_NUMBER = {
    "10013": "forbidden by its access permissions",
    "10049": "Cannot assign requested address",
    "10051": "Network is unreachable",
    "10053": "An established connection was aborted by the software in your host",
    "10054": "forcibly closed by the remote host",
    "10060": "did not properly respond",
    "10061": "actively refused it",
    "10065": "No route to host",
    "11001": "No such host is known",
    "11002": "Temporary failure in name resolution",
    "2ee2": "Operation timed out",
    "2ee7": "Couldn't resolve host name",
    "2efd": "Unable to connect to the remote server",
    "2efe": "Server closed the connection unexpectedly",
    "2eff": "Connection was reset",
    "2f05": "certificate has expired or is not yet valid",
    "2f06": "No subject alternative DNS name",
    "2f0d": "certificate signed by unknown authority",
}
"""Winsock's numbers (Windows Sockets Error Codes), which no other system uses for errors, and the last digits of WinINet's and
WinHTTP's as HRESULTs (Error Messages of WinHTTP)."""
BY_CODE = {
    "NAME_NOT_RESOLVED": "Couldn't resolve host name",
    "NAME_RESOLUTION_FAILED": "Couldn't resolve host name",
    "CONNECTION_TIMED_OUT": "Connection timed out",
    "CONNECTION_REFUSED": "Connection refused",
    "CONNECTION_RESET": "Connection was reset",
    "CONNECTION_CLOSED": "Empty reply from server",
    "EMPTY_RESPONSE": "Empty reply from server",
    "ADDRESS_UNREACHABLE": "No route to host",
    "INTERNET_DISCONNECTED": "Network is unreachable",
    "CERT_AUTHORITY_INVALID": "certificate signed by unknown authority",
    "CERT_COMMON_NAME_INVALID": "No subject alternative DNS name",
    "CERT_DATE_INVALID": "certificate has expired or is not yet valid",
    "SSL_VERSION_OR_CIPHER_MISMATCH": "no supported versions satisfy",
    "TUNNEL_CONNECTION_FAILED": "Proxy tunneling failed: CONNECT",
    "PROXY_CONNECTION_FAILED": "ProxyError(",
    "HTTP2_PROTOCOL_ERROR": "HTTP/2 stream 0 was not closed cleanly: PROTOCOL_ERROR",
    "CONTENT_LENGTH_MISMATCH": "Transferred a partial file",
    "INCOMPLETE_CHUNKED_ENCODING": "Transferred a partial file",
    "1003": "Couldn't resolve host name",
    "1004": "Unable to connect to the remote server",
    "1005": "Server closed the connection unexpectedly",
    "1009": "Network is unreachable",
    "1201": "certificate has expired or is not yet valid",
    "1202": "certificate signed by unknown authority",
}
"""Chromium's codes (net/base/net_error_list.h), and those of Apple's NSURLErrorDomain (NSURLError.h)."""
_CODE = lazy_pattern(r"\bERR_([A-Z0-9_]{5,40})\b|NSURLErrorDomain\D{1,8}-(1[0-9]{3})\b")
_NUMBER = lazy_pattern(
    r"(?:\[(?:WinError|Errno) |\(os error |errno[ =:]{1,3})(1[01][0-9]{3})\b|0x8007(2[ef][0-9a-f]{2})\b", re.IGNORECASE
)
_WORDS = {words: english for english, others in ENGLISH.items() for words in others.split("|")}


def in_english(text: str) -> str:
    """The text with the system's own words for an error in English; other words stay as they are.

    >>> in_english("[Errno 111] Verbindungsaufbau abgelehnt")
    '[Errno 111] Connection refused'
    >>> in_english("[WinError 10061] ...")
    '[WinError 10061 actively refused it] ...'
    """
    plain = text.replace("’", "'")
    for words, english in _WORDS.items():
        if words in plain:
            text = plain = plain.replace(words, english)
    text = _CODE.sub(lambda match: f"{match[0]} {BY_CODE.get(match[1] or match[2], '')}".rstrip(), text)
    return _NUMBER.sub(lambda match: f"{match[0]} {BY_NUMBER.get((match[1] or match[2]).lower(), '')}".rstrip(), text)
