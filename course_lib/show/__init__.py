"""What is seen: pictures, the 3D viewer, sliders, the live simulation. Thin over the other rooms; no physics here."""
