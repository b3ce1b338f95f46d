"""What glibc calls the errors of names and sockets in other languages: programs print it, and some nothing beside it."""

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
        "Соединение разорвано другой стороной|连接被对方重设|連線被對方重設",
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
}  # fmt: skip
"""By its English words (strerror(3), gai_strerror(3)): German, Spanish, French, Italian, Japanese, Korean, Polish, Portuguese,
Russian and Chinese of glibc 2.36, one behind the other."""
_WORDS = {words: english for english, others in ENGLISH.items() for words in others.split("|")}


def in_english(text: str) -> str:
    """The text with the system's own words for an error in English; other words stay as they are.

    >>> in_english("[Errno 111] Verbindungsaufbau abgelehnt")
    '[Errno 111] Connection refused'
    """
    for words, english in _WORDS.items():
        if words in text:
            text = text.replace(words, english)
    return text
