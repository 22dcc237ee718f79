"""German for the table in `tr`: English as key."""

GERMAN = {
    "Fill": "Füllen", "Erase": "Entfernen", "Expand": "Erweitern", "Vectorize": "Vektorisieren",
    "New background here": "Neuer Hintergrund hier", "Restyle selection": "Auswahl umgestalten",
    "Replace background": "Hintergrund ersetzen", "Remove background": "Freistellen", "Restyle": "Umgestalten",
    "Variations": "Varianten", "Crisp upscale": "Scharf vergrößern", "Creative upscale": "Kreativ vergrößern",
    "Image": "Bild", "Vector image": "Vektorbild", "Explore": "Erkunden", "New style from layers": "Neuer Stil aus Ebenen",
    "Fill selection": "Auswahl füllen", "Erase selection": "Auswahl entfernen", "Expand canvas": "Leinwand erweitern",
    "Cut out": "Freistellen", "Restyle canvas": "Leinwand umgestalten", "Make variations": "Varianten erzeugen",
    "Generate": "Erzeugen", "Generate vector": "Vektorbild erzeugen", "Make style": "Stil anlegen",
    "Selection": "Auswahl", "Canvas": "Leinwand", "New": "Neu", "Styles": "Stile", "More": "Mehr",
    "Prompt": "Beschreibung", "Model": "Modell", "Count": "Anzahl", "Style": "Stil", "Size": "Format",
    "Colours": "Farben", "Avoid": "Vermeiden", "Seed": "Startwert", "Background colour": "Hintergrundfarbe",
    "Artistic level": "Eigenwille", "No text": "Ohne Schrift", "Words": "Wörter", "Strength": "Stärke",
    "Left": "Links", "Right": "Rechts", "Top": "Oben", "Bottom": "Unten", "Zoom out": "Verkleinern",
    "Similarity": "Ähnlichkeit", "Context": "Umgebung", "Grow": "Ausweiten", "Feather": "Weicher Rand",
    "Threshold": "Schwelle", "Mixing": "Mischung", "automatic": "automatisch", "as the picture": "wie das Bild",
    "What do you want to see?": "Was soll zu sehen sein?", "enhance": "verfeinern", "no style": "kein Stil",
    "on this computer": "auf diesem Rechner", "offline": "offline", "units": "Einheiten", "Cancel": "Abbrechen",
    "preparing": "bereitet vor", "sending": "sendet", "working": "arbeitet", "receiving": "empfängt",
    "placing": "setzt ein", "waiting": "wartet", "Add key": "Schlüssel eintragen", "Try again": "Noch einmal",
    "Select an area": "Bereich auswählen", "Lower count": "Anzahl verringern", "Settings": "Einstellungen",
    "Copy details": "Einzelheiten kopieren", "Search results": "Ergebnisse suchen", "Place": "Einsetzen",
    "Show on canvas": "Auf der Leinwand zeigen", "Star": "Merken", "Remove star": "Nicht mehr merken",
    "Discard": "Verwerfen", "Copy prompt": "Beschreibung kopieren", "Run again": "Noch einmal ausführen",
    "More like this": "Mehr davon", "Use as layer": "Als Ebene", "Use as style": "Als Stil",
    "Offline: {real} run here. Prompts need a Recraft key.":
        "Offline: Entfernen, Erweitern, Freistellen, Vektorisieren und Vergrößern laufen hier. "
        "Beschreibungen brauchen einen Recraft-Schlüssel.",
    "Open a picture first": "Erst ein Bild öffnen", "New layer": "Neue Ebene", "Result as": "Ergebnis als",
    "Transparency mask": "Transparenzmaske", "New document": "Neues Dokument", "Scale this picture": "Dieses Bild skalieren",
    "Results wait here.": "Hier warten die Ergebnisse.", "Close": "Schließen", "Your Recraft key": "Ihr Recraft-Schlüssel",
}  # fmt: skip
