"""German for the core's sentences: templates as the core writes them, each value a {hole}, and what becomes of them.

The holes' names are ours; their places are the core's (tests/hosts/test_krita.py compares both).
"""

# Before the click: what will be sent and changed.
_NOTES = {
    "Only the selection and {margin} px around it are sent ({size}).":
        "Nur die Auswahl und {margin} px um sie herum werden gesendet ({size}).",
    "Only the selection and {margin} px around it are used ({size}).":
        "Nur die Auswahl und {margin} px um sie herum werden verwendet ({size}).",
    "Sent at {size}, scaled down to {share} to fit the service's limits.":
        "Gesendet mit {size}, auf {share} verkleinert, wie es der Dienst verlangt.",
    "Sent at {size}, scaled up to {share} to fit the service's limits.":
        "Gesendet mit {size}, auf {share} vergrößert, wie es der Dienst verlangt.",
    "Worked on at {size}, scaled down to {share}.": "Gerechnet wird mit {size}, auf {share} verkleinert.",
    "Worked on at {size}, scaled up to {share}.": "Gerechnet wird mit {size}, auf {share} vergrößert.",
    "It is larger than what the service enlarges, so the result may be no larger than the original.":
        "Das Bild ist größer, als der Dienst es vergrößert; das Ergebnis wird vielleicht nicht größer.",
    "The new canvas is {frame}; {read} of the picture are sent.":
        "Die neue Leinwand hat {frame}; {read} des Bildes werden gesendet.",
    "The new canvas is {frame}; {read} of the picture are used.":
        "Die neue Leinwand hat {frame}; {read} des Bildes werden verwendet.",
    "Not filed in the history: {trouble}": "Nicht bei den Ergebnissen aufbewahrt: {trouble}",
    "{count} units · {money}": "{count} Einheiten · {money}",
    "{count} unit · {money}": "{count} Einheit · {money}",
    "about {count} units · {money}": "etwa {count} Einheiten · {money}",
}
# Options that do not fit.
_OPTIONS = {
    "{verb} needs a picture.": "„{verb}“ braucht ein Bild.",
    "{verb} needs a selection.": "„{verb}“ braucht eine Auswahl.",
    "Select an area on the canvas.": "Auf der Leinwand einen Bereich auswählen.",
    "Nothing is selected.": "Es ist nichts ausgewählt.",
    "The selection lies outside the canvas.": "Die Auswahl liegt außerhalb der Leinwand.",
    "The picture has this shape already; there is nothing to add.":
        "Das Bild hat dieses Format schon; es gibt nichts hinzuzufügen.",
    "Choose another ratio, or say how many pixels to add.": "Ein anderes Format wählen oder eine Kante ziehen.",
    "Nothing says how far to expand.": "Es steht nicht fest, wie weit erweitert werden soll.",
    "{option} is missing.": "„{option}“ fehlt.",
    "{option}: {value} does not fit.": "{option}: {value} passt nicht.",
    "{option}: {model} does not take it.": "{option}: {model} kennt das nicht.",
    "Choose {models}, or leave it out.": "{models} wählen oder es weglassen.",
    "Leave it out.": "Weglassen.",
    "It has {count} characters; shorten it to {most}.": "{count} Zeichen sind zu viel; bitte auf {most} kürzen.",
    "Open one, or name a picture file.": "Erst eines öffnen.",
    "Select an area on the canvas, or give a mask file in which it is white.":
        "Auf der Leinwand einen Bereich auswählen.",
    "The prompt has {count} characters.": "Die Beschreibung hat {count} Zeichen.",
    "{model} takes up to {most}; shorten it.": "{model} nimmt bis zu {most}; bitte kürzen.",
    "{model} has no style {style}.": "{model} hat keinen Stil {style}.",
    "Choose {models} for it, or leave it out.": "Dafür {models} wählen oder den Stil weglassen.",
    "{model} does not make {size}.": "{model} macht kein Bild in {size}.",
    "Choose one of {those}.": "Eines davon wählen: {those}.",
    "{one} and {other} cannot be used together.": "{one} und {other} gehen nicht zusammen.",
    "Leave out {one} or {other}.": "{one} oder {other} weglassen.",
    "No pixel is selected to {threshold} of 255 or more.":
        "Kein Bildpunkt ist zu {threshold} von 255 oder mehr ausgewählt.",
    "Select an area with a firmer edge, lower the threshold, or grow the selection.":
        "Mit härterem Rand auswählen, die Schwelle senken oder die Auswahl ausweiten.",
}
# The key, the account and the caps.
_ACCOUNT = {
    "There is no API key.": "Es ist kein Schlüssel eingetragen.",
    "No key was given.": "Es wurde kein Schlüssel angegeben.",
    "The key holds blanks.": "Der Schlüssel enthält Leerzeichen.",
    "The key holds characters no key has.": "Der Schlüssel enthält Zeichen, die kein Schlüssel hat.",
    "A key of {count} characters cannot be right.": "Ein Schlüssel mit {count} Zeichen kann nicht stimmen.",
    "Copy the whole key and nothing else. {where}.": "Den ganzen Schlüssel kopieren und nichts sonst. {where}.",
    "Paste the key alone, without “Bearer”. {where}.": "Nur den Schlüssel einfügen, ohne „Bearer“. {where}.",
    "Paste the key alone, without quotes or a name before it. {where}.":
        "Nur den Schlüssel einfügen, ohne Anführungszeichen oder Namen davor. {where}.",
    "{where}; copy it and paste it here.": "{where}; dort kopieren und hier einfügen.",
    "You find your key at {address}": "Den Schlüssel gibt es unter {address}",
    "The service does not accept the API key.": "Der Dienst nimmt den Schlüssel nicht an.",
    "Check it at app.recraft.ai/profile/api.": "Unter app.recraft.ai/profile/api nachsehen.",
    "The account has too few units.": "Das Konto hat zu wenige Einheiten.",
    "Add units at app.recraft.ai/profile/api.": "Einheiten gibt es unter app.recraft.ai/profile/api.",
    "The key may not do this.": "Der Schlüssel darf das nicht.",
    "Check its rights at app.recraft.ai/profile/api.": "Seine Rechte stehen unter app.recraft.ai/profile/api.",
    "This would cost {units} units, your cap is {cap} a click.":
        "Das würde {units} Einheiten kosten, die Grenze liegt bei {cap} je Klick.",
    "This click would cost {price}, and your cap per click is {cap}.":
        "Dieser Klick würde {price} kosten, die Grenze je Klick ist {cap}.",
    "This click would cost {price}; with the {today} of today that is more than your cap per day, {cap}.":
        "Dieser Klick würde {price} kosten; mit den {today} von heute ist das mehr als die Grenze je Tag, {cap}.",
}
# The service and the way to it.
_SERVICE = {
    "{text} It says: “{message}”.": "{text} Er sagt: „{message}“.",
    "{host} cannot be reached.": "{host} ist nicht zu erreichen.",
    "{host} cannot be reached through the proxy.": "{host} ist über den Proxy nicht zu erreichen.",
    "{host} did not pick up in time.": "{host} hat sich nicht rechtzeitig gemeldet.",
    "{host} is not an address.": "{host} ist keine Adresse.",
    "Check the base URL in the settings. Nothing was charged.":
        "Die Adresse des Dienstes in den Einstellungen prüfen. Es wurde nichts berechnet.",
    "{host} did not answer in time.": "{host} hat nicht rechtzeitig geantwortet.",
    "{host} showed a certificate that this computer does not trust.":
        "{host} zeigt ein Zertifikat, dem dieser Rechner nicht traut.",
    "{host} took the request but did not answer it in full.":
        "{host} hat die Anfrage angenommen, aber nicht vollständig beantwortet.",
    "Check the network. Nothing was charged.": "Das Netz prüfen. Es wurde nichts berechnet.",
    "Check the network and try again. Nothing was charged.":
        "Das Netz prüfen und noch einmal versuchen. Es wurde nichts berechnet.",
    "Try again. Nothing was charged.": "Noch einmal versuchen. Es wurde nichts berechnet.",
    "Check the proxy in the settings. Nothing was charged.":
        "Den Proxy in den Einstellungen prüfen. Es wurde nichts berechnet.",
    "Check the clock and the network; some networks put their own certificate in between. Nothing was charged.":
        "Uhr und Netz prüfen; manche Netze setzen ein eigenes Zertifikat dazwischen. Es wurde nichts berechnet.",
    "It may have been carried out and charged: look at the balance before you try again.":
        "Sie kann ausgeführt und berechnet sein: vor dem nächsten Versuch auf das Guthaben sehen.",
    "The service is asked too often just now.": "Der Dienst wird gerade zu oft gefragt.",
    "Wait a few seconds and try again.": "Einige Sekunden warten und noch einmal versuchen.",
    "The picture is too large for the service.": "Das Bild ist zu groß für den Dienst.",
    "Send a smaller one.": "Ein kleineres senden.",
    "The service does not know this address.": "Der Dienst kennt diese Adresse nicht.",
    "Check the base URL in the settings.": "Die Adresse des Dienstes in den Einstellungen prüfen.",
    "The service has trouble of its own (status {status}).": "Der Dienst hat selbst Schwierigkeiten (Status {status}).",
    "Nothing was charged; try again in a minute.":
        "Es wurde nichts berechnet; in einer Minute noch einmal versuchen.",
    "The service refused {endpoint} (status {status}).": "Der Dienst hat {endpoint} abgelehnt (Status {status}).",
    "Nothing was charged. Change what it names and try again.":
        "Es wurde nichts berechnet. Ändern, was er nennt, und noch einmal versuchen.",
    "The result could not be fetched from {host}.": "Das Ergebnis war von {host} nicht zu holen.",
    "It is paid for and kept there for about a day: fetch it again from the history.":
        "Es ist bezahlt und bleibt dort etwa einen Tag.",
}
# The worker, the computer, and an end that was wanted.
_HERE = {
    "The worker {how} in the middle of its work.": "Der Helfer im Hintergrund endete mitten in der Arbeit ({how}).",
    "The worker {how} before it was ready.": "Der Helfer im Hintergrund endete, bevor er bereit war ({how}).",
    "The worker {how} in the middle of its work. It said: {trouble}":
        "Der Helfer im Hintergrund endete mitten in der Arbeit ({how}). Seine letzten Worte: {trouble}",
    "The worker {how} before it was ready. It said: {trouble}":
        "Der Helfer im Hintergrund endete, bevor er bereit war ({how}). Seine letzten Worte: {trouble}",
    "ended with signal {number}": "Signal {number}",
    "ended with code {number}": "Code {number}",
    "closed the connection": "Verbindung geschlossen",
    "Click once more to start it again. What had been paid for is in the history.":
        "Ein weiterer Klick startet ihn neu. Was bezahlt war, liegt bei den Ergebnissen.",
    "The worker {program} is gone.": "Der Helfer {program} ist verschwunden.",
    "The worker could not be started: {trouble}.": "Der Helfer war nicht zu starten: {trouble}.",
    "The plugin does not know its worker: {path} is missing.":
        "Das Plugin kennt seinen Helfer nicht: {path} fehlt.",
    "Run install.py again, and see what it says.": "install.py noch einmal laufen lassen und lesen, was es sagt.",
    "The worker did not start within {seconds} s.": "Der Helfer ist nicht innerhalb von {seconds} s gestartet.",
    "There is not enough memory for this picture.": "Für dieses Bild reicht der Speicher nicht.",
    "Select a smaller area, or close other programs.":
        "Einen kleineren Bereich auswählen oder andere Programme schließen.",
    "Something went wrong inside: {what}.": "Im Programm ging etwas schief: {what}.",
    "Please report it, with {path}.": "Bitte melden, mit {path}.",
    "The picture “{title}” was closed.": "Das Bild „{title}“ wurde geschlossen.",
    "The result is in the strip; open a picture to place it there.":
        "Das Ergebnis liegt im Streifen; ein Bild öffnen, um es dort einzusetzen.",
    "The layer to be masked is gone.": "Die Ebene für die Maske gibt es nicht mehr.",
    "The result is in the strip.": "Das Ergebnis liegt im Streifen.",
    "Krita did not take the result ({what}). It is in the strip: place it from there.":
        "Krita hat das Ergebnis nicht angenommen ({what}). Es liegt im Streifen: von dort einsetzen.",
    "There is no picture for the style yet.": "Es ist noch kein Bild für den Stil da.",
    "Add layers or files.": "Ebenen oder Dateien dazunehmen.",
    "No picture is open.": "Es ist kein Bild offen.",
    "Open one first.": "Erst eines öffnen.",
    "Cancelled.": "Abgebrochen.",
    "Nothing was placed.": "Es wurde nichts eingesetzt.",
    "Nothing was sent.": "Es wurde nichts gesendet.",
    "Nothing was sent and nothing is charged.": "Es wurde nichts gesendet und nichts berechnet.",
    "The answer had come and is charged; its result will be in the history.":
        "Die Antwort war schon da und ist berechnet; ihr Ergebnis kommt zu den anderen.",
    "There is nothing to work on: what would be sent is transparent all over.":
        "Hier ist nichts zu bearbeiten: was gesendet würde, ist ganz durchsichtig.",
    "Show or choose a layer that has a picture there, or make one from words alone: Generate.":
        "Eine Ebene zeigen oder wählen, auf der dort etwas ist, oder allein aus Worten eines machen: Generieren.",
    "This would cost {price} by now; what was shown before the click is {shown}.":
        "Das würde inzwischen {price} kosten; gezeigt wurde vor dem Klick {shown}.",
    "Nothing was sent. Look at the price and click once more.":
        "Es wurde nichts gesendet. Auf den Preis sehen und noch einmal klicken.",
    "The request had been sent and may be charged; its result will be in the history.":
        "Die Anfrage war schon gesendet und wird vielleicht berechnet; ihr Ergebnis kommt zu den anderen.",
}
# What stands in tooltips: the options and the operations.
_HINTS = {
    "What you want to see, in words.": "Was zu sehen sein soll, in Worten.",
    "Which model draws. Each has its own price.": "Welches Modell zeichnet. Jedes hat seinen Preis.",
    "How many pictures to make.": "Wie viele Bilder gemacht werden.",
    "Size as width:height (16:9) or WIDTHxHEIGHT (1024x1024).": "Das Format des Bildes.",
    "What you do not want to see.": "Was nicht zu sehen sein soll.",
    "A number that makes the result repeatable.": "Eine Zahl, mit der sich das Ergebnis wiederholen lässt.",
    "The colour behind everything, as #RRGGBB.": "Die Farbe hinter allem.",
    "0 is plain and static, 5 dynamic and eccentric.": "0 ist schlicht und ruhig, 5 bewegt und eigenwillig.",
    "Keep lettering out of the picture.": "Keine Schrift im Bild.",
    "0 keeps the picture almost as it is, 1 keeps hardly anything.":
        "0 lässt das Bild fast, wie es ist, 1 lässt kaum etwas übrig.",
    "How far around the selection the picture is sent along. Without a number it follows the selection's size.":
        "Wie weit um die Auswahl herum das Bild mitgesendet wird. Ohne Zahl richtet es sich nach der Auswahl.",
    "Widens the selection before it is used; below 0 it shrinks.":
        "Weitet die Auswahl vorher aus; unter 0 wird sie kleiner.",
    "Softens the edge of the result.": "Macht den Rand des Ergebnisses weich.",
    "Whether areas of the selection that lie far apart are sent one by one.":
        "Ob Bereiche der Auswahl, die weit auseinanderliegen, einzeln gesendet werden.",
    "From which coverage on a half-selected pixel counts as selected.":
        "Ab welcher Deckung ein halb ausgewählter Bildpunkt als ausgewählt gilt.",
    "Make a new picture from words.": "Ein neues Bild aus Worten.",
    "Fill the selection with what the prompt says.": "Die Auswahl mit dem füllen, was die Beschreibung sagt.",
    "Take away what is selected and close the gap.": "Wegnehmen, was ausgewählt ist, und die Lücke schließen.",
    "Continue the picture beyond its edges.": "Das Bild über seine Ränder hinaus fortsetzen.",
    "Keep the subject and put another background behind it.":
        "Das Motiv behalten und einen anderen Hintergrund dahinterlegen.",
    "Fill the selection with a background.": "Die Auswahl mit einem Hintergrund füllen.",
    "Keep the subject, make the rest transparent.": "Das Motiv behalten, den Rest durchsichtig machen.",
    "Turn the picture into shapes (SVG).": "Das Bild in Formen verwandeln (SVG).",
    "Redraw the details of the picture, sharper and richer.":
        "Die Einzelheiten des Bildes neu zeichnen, schärfer und reicher.",
    "Enlarge the picture, sharp and clean.": "Das Bild vergrößern, scharf und sauber.",
    "Enlarge the picture and refine its details.": "Das Bild vergrößern und seine Einzelheiten verfeinern.",
    "Redraw the picture after the prompt.": "Das Bild nach der Beschreibung neu zeichnen.",
    "Make more pictures like this one.": "Mehr Bilder wie dieses.",
    "Make a set of different pictures from words.": "Eine Reihe verschiedener Bilder aus Worten.",
    "Make a style of your own from pictures.": "Aus Bildern einen eigenen Stil machen.",
}

GERMAN_CORE = {**_NOTES, **_OPTIONS, **_ACCOUNT, **_SERVICE, **_HERE, **_HINTS}
